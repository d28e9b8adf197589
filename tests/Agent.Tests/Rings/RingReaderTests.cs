using Sonde.Rings;

namespace Sonde.Tests.Rings;

/// <summary>The ring reader against its plain twin, and both against what a producer did.</summary>
public sealed class RingReaderTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(256)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public void Whatever_a_producer_does_both_readers_see_the_same_and_all_of_it(int size)
    {
        var random = new Random(size);

        // Positions count for ever: near the end of 32 bits, too.
        using var ring = new SimulatedRing((uint)size, start: uint.MaxValue / 8 * 8 - (ulong)size);
        var (written, read) = (new List<byte[]>(), new List<byte[]>());
        var pending = new List<(ulong Position, byte[]? Record, int Length)>();
        for (var step = 0; step < 20_000; step++)
        {
            switch (random.Next(4))
            {
                case 0 or 1:
                    var length = random.Next(Math.Min(size, 2048) / 2);
                    if (ring.TryReserve(length, out var position))
                    {
                        var record = random.Next(5) == 0 ? null : new byte[length];
                        random.NextBytes(record ?? []);
                        pending.Add((position, record, length));
                        written.AddRange(record is null ? [] : [record]);
                    }

                    break;
                case 2 when pending.Count > 0:
                    Finish(random.Next(pending.Count));
                    break;
                default:
                    Drain();
                    break;
            }
        }

        while (pending.Count > 0)
        {
            Finish(0);
        }

        Drain();
        Assert.Equal(written, read);
        Assert.True(written.Count > 1000, $"only {written.Count} records were written: the test shows little");

        // On another CPU a record may be finished before one that was reserved earlier.
        void Finish(int which)
        {
            var (position, record, length) = pending[which];
            pending.RemoveAt(which);
            if (record is null)
            {
                ring.Discard(position, length);
            }
            else
            {
                ring.Submit(position, record);
            }
        }

        void Drain()
        {
            var handler = new Collector(ring);
            var count = ring.Reader.Drain(ref handler);
            var plain = ring.Plain.Drain();
            Assert.Equal(plain, handler.Records);
            Assert.Equal(handler.Records.Count, count);
            Assert.Equal(ring.Plain.Consumer, ring.Consumer);
            read.AddRange(handler.Records);
        }
    }

    [Fact]
    public void A_record_that_is_still_written_holds_back_those_after_it()
    {
        using var ring = new SimulatedRing(4096, start: 0);
        Assert.True(ring.TryReserve(16, out var first));
        Assert.True(ring.TryReserve(16, out var second));
        ring.Submit(second, new byte[16]);

        Assert.Equal(0, Drain(ring));
        Assert.Equal(0ul, ring.Consumer);

        ring.Submit(first, new byte[16]);

        Assert.Equal(2, Drain(ring));
        Assert.Equal(48ul, ring.Consumer);
    }

    [Fact]
    public void Room_is_given_back_in_batches_while_draining()
    {
        using var ring = new SimulatedRing(1 << 20, start: 8);
        while (ring.TryReserve(120, out var position))
        {
            ring.Submit(position, new byte[120]);
        }

        var handler = new Collector(ring);
        ring.Reader.Drain(ref handler);
        ring.Plain.Drain();

        // What the handler saw as the reader's position changes only by whole batches.
        Assert.Equal(ring.Plain.Stored, handler.Seen.Distinct().Skip(1));
        Assert.True(ring.Plain.Stored.Count > 2);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(100u)]
    public unsafe void A_size_that_is_no_power_of_two_is_a_fault_of_the_caller(uint size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new RingReader(null, null, null, size));

    private static int Drain(SimulatedRing ring)
    {
        var handler = new Collector(ring);
        return ring.Reader.Drain(ref handler);
    }

    private readonly struct Collector(SimulatedRing ring) : IRecordHandler
    {
        public List<byte[]> Records { get; } = [];

        public List<ulong> Seen { get; } = [];

        public void OnRecord(ReadOnlySpan<byte> record)
        {
            Records.Add(record.ToArray());
            Seen.Add(ring.Consumer);
        }
    }
}
