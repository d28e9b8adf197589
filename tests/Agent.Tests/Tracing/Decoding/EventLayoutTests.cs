using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sonde.Kernel;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tests.Tracing.Decoding;

/// <summary>Two hits as one record: what the plan says, and how the record reads before and after its end.</summary>
public sealed class EventLayoutTests
{
    private static readonly TracepointField Device = Field("dev", 8, 4);
    private static readonly TracepointField Sector = Field("sector", 16, 8);
    private static readonly TracepointField Error = Field("error", 28, 4);
    private static readonly TracepointFormat Complete = new() { Name = "block_rq_complete", Id = 7, Fields = [Device, Sector, Error], Names = new Dictionary<string, NameTable>() };

    [Fact]
    public void The_plan_names_what_pairs_and_where_the_end_is_kept()
    {
        var layout = Paired();

        var pair = layout.CompletedBy!.ToWire(layout);

        Assert.Equal(PairKind.Fields, pair.Kind);
        Assert.Equal((8, 4), (pair.Entry[0].Offset, pair.Entry[0].Size));
        Assert.Equal((16, 8), (pair.Exit[1].Offset, pair.Exit[1].Size));
        Assert.Equal((28, 4), (pair.Result.Offset, pair.Result.Size));
        Assert.Equal(48, pair.Out);
        Assert.Equal(32, pair.Size);
        Assert.Equal(32, layout.ReturnBits);
        Assert.Equal(Unsafe.SizeOf<WireRecord>() + 48 + 32, layout.RecordSize);
    }

    [Fact]
    public void What_has_not_ended_is_in_progress_with_its_age()
    {
        var data = Decode(RecordFlags.None, endNs: 9_000_000);

        Assert.Equal("""{"in_progress":true,"age_us":8000}""", data);
    }

    [Fact]
    public void What_began_anew_before_its_end_says_so() => Assert.Equal("""{"superseded":true}""", Decode(RecordFlags.Superseded, endNs: 9_000_000));

    [Fact]
    public void What_has_ended_has_its_time() => Assert.Equal("""{"latency_us":250}""", Decode(RecordFlags.Returned, endNs: 0));

    [Fact]
    public void A_contract_name_is_given_once()
    {
        var layout = new EventLayout("x", 8);

        Assert.Equal("path", layout.Claim("path", "from_path"));
        Assert.Equal("to_path", layout.Claim("path", "to_path"));
    }

    [Fact]
    public void The_current_task_is_fetched_once()
    {
        var layout = new EventLayout("x", 8);

        Assert.Equal(layout.CurrentTask(), layout.CurrentTask());
        Assert.Single(layout.Fetches);
    }

    private static string Decode(RecordFlags flags, long endNs)
    {
        var layout = Paired();
        var record = new byte[layout.RecordSize];
        ref var header = ref MemoryMarshal.AsRef<WireRecord>(record.AsSpan());
        header.TimeNs = 1_000_000;
        header.DurationNs = 250_000;
        header.Flags = flags;
        return new EventDecoder([layout], 0).Decode(record, endNs).Data.ToJsonString();
    }

    private static EventLayout Paired()
    {
        var layout = new EventLayout("block_rq_issue", 44);
        layout.CompleteBy(new Completion("block/block_rq_complete", Complete, [Device, Sector], [Device, Sector]) { Result = Error });
        return layout;
    }

    private static TracepointField Field(string name, int offset, int size) =>
        new() { Name = name, TypeText = "int", Offset = offset, Size = size, IsSigned = false };
}
