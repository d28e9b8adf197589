using Sonde.Tracing;

namespace Sonde.Tests.Tracing;

public sealed class RecordQueueTests
{
    [Fact]
    public void What_goes_in_comes_out_in_order_and_what_finds_no_room_is_refused_whole()
    {
        var random = new Random(7);
        var queue = new RecordQueue(1000);
        var waiting = new Queue<(int Source, long Time, byte[] Record)>();
        var (buffer, refused, taken) = (Array.Empty<byte>(), 0, 0);
        for (var step = 0; step < 20_000; step++)
        {
            if (random.Next(2) == 0)
            {
                var record = new byte[random.Next(300)];
                random.NextBytes(record);
                if (queue.TryAdd(step, -step, record))
                {
                    waiting.Enqueue((step, -step, record));
                }
                else
                {
                    refused++;
                }
            }
            else if (queue.TryTake(ref buffer, out var length, out var source, out var time))
            {
                var expected = waiting.Dequeue();
                Assert.Equal((expected.Source, expected.Time), (source, time));
                Assert.Equal(expected.Record, buffer[..length]);
                taken++;
            }
            else
            {
                Assert.Empty(waiting);
            }
        }

        Assert.True(refused > 100 && taken > 1000, $"{refused} refused, {taken} taken: the test shows little");
    }

    [Fact]
    public async Task Two_threads_lose_nothing_between_them()
    {
        const int records = 200_000;
        var queue = new RecordQueue(4096);
        var adding = Task.Run(() =>
        {
            Span<byte> record = stackalloc byte[64];
            for (var i = 0; i < records; i++)
            {
                record.Fill((byte)i);
                while (!queue.TryAdd(i, i, record[..(i % 64)]))
                {
                    Thread.Yield();
                }
            }
        }, TestContext.Current.CancellationToken);

        var buffer = Array.Empty<byte>();
        for (var i = 0; i < records;)
        {
            if (queue.TryTake(ref buffer, out var length, out var source, out _))
            {
                Assert.Equal((i, i % 64), (source, length));
                Assert.False(buffer.AsSpan(0, length).ContainsAnyExcept((byte)i), "a record was overwritten");
                i++;
            }
        }

        await adding;
    }
}
