using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Sonde.Tracing.Decoding;
using Sonde.Tracing.Probes;

namespace Sonde.Tests.Tracing;

public sealed class EventKeyTests
{
    [Fact]
    public void A_key_says_what_an_event_of_its_bytes_says()
    {
        var layout = new EventLayout("open", 16) { KeyFields = ["nothing", "number"] };
        layout.Decode((raw, data) => data["number"] = raw.Integer(8, 4, signed: true));
        layout.KeySource("number", 8, 4);
        var record = Record(layout, data => data[8] = 42);

        var key = layout.Key!.Of(record);

        Assert.Equal("number=42", layout.Key.Text(key, layout));
        Assert.Equal(8, layout.Key.Size);
    }

    [Fact]
    public void Text_takes_as_many_bytes_as_were_fetched_whatever_lies_behind_them()
    {
        var (layout, fetch) = WithText();
        var first = Text(layout, fetch, "/etc/passwd\0", stale: "xxxxxxxxxxxxxxxxxxxxxxxxxxx");
        var second = Text(layout, fetch, "/etc/passwd\0", stale: "yyyyyyyyyyyyyyyyyyyyyyyyyyy");

        Assert.Equal(Bytes(layout.Key!.Of(first)), Bytes(layout.Key.Of(second)));
        Assert.Equal("filename=/etc/passwd", layout.Key.Text(layout.Key.Of(first), layout));
    }

    [Fact]
    public void What_is_longer_than_a_key_is_cut_and_marked()
    {
        var (layout, fetch) = WithText();
        var path = "/" + new string('a', 200);

        var text = layout.Key!.Text(layout.Key.Of(Text(layout, fetch, path + "\0", stale: "")), layout);

        Assert.Equal($"filename={path[..Wire.MaxKey]}…", text);
    }

    [Fact]
    public void What_could_not_be_read_is_a_key_of_its_own()
    {
        var (layout, fetch) = WithText();
        var record = Text(layout, fetch, "", stale: "");
        MemoryMarshal.AsRef<WireRecord>(record.AsSpan()).Fetched[fetch] = -14;

        Assert.Equal("filename=(unreadable)", layout.Key!.Text(layout.Key.Of(record), layout));
    }

    [Fact]
    public void Parts_of_one_fetch_make_one_key()
    {
        var layout = new EventLayout("connect", 8) { KeyFields = ["destination"] };
        var fetch = layout.Fetch(FetchKind.Bytes, 0, 32);
        layout.Decode((raw, data) => data["destination"] = raw.TryFetched(fetch, out var bytes) ? SocketAddress.Endpoint(bytes.Slice(4, 4), bytes[20]) : null);
        layout.KeySource("destination", EventKey.OfFetch(fetch, layout.Fetches[fetch], 4, 4), EventKey.OfFetch(fetch, layout.Fetches[fetch], 20, 2));
        var record = Record(layout, data =>
        {
            ((ReadOnlySpan<byte>)[10, 0, 0, 9]).CopyTo(data[12..]);
            data[28] = 80;
        });
        MemoryMarshal.AsRef<WireRecord>(record.AsSpan()).Fetched[fetch] = 32;

        Assert.Equal("destination=10.0.0.9:80", layout.Key!.Text(layout.Key.Of(record), layout));
    }

    // A datagram's destination is the message's where that has one, and its socket's else.
    [Theory]
    [InlineData("", "destination=socket")]
    [InlineData("message", "destination=message")]
    public void A_field_that_two_fetches_decide_is_that_of_the_one_that_got_something(string message, string key)
    {
        var layout = new EventLayout("send", 8) { KeyFields = ["destination"] };
        var fixedPart = layout.Fetch(FetchKind.Bytes, 0, 8);
        var varying = layout.Fetch(FetchKind.Bytes, 0, 32);
        layout.KeySource("destination", EventKey.OfFetch(fixedPart, layout.Fetches[fixedPart], 0, 8));
        layout.KeySourceAlso("destination", varying);
        layout.Decode((raw, data) => data["destination"] = raw.TryFetched(fixedPart, out var bytes) ? Encoding.ASCII.GetString(bytes).TrimEnd('\0') : null);
        layout.Decode((raw, data) => data["destination"] = raw.TryFetched(varying, out var bytes) ? Encoding.ASCII.GetString(bytes) : data["destination"]?.DeepClone());
        var record = Record(layout, data =>
        {
            Encoding.ASCII.GetBytes("socket").CopyTo(data[layout.Fetches[fixedPart].Out..]);
            Encoding.ASCII.GetBytes(message).CopyTo(data[layout.Fetches[varying].Out..]);
        });
        ref var header = ref MemoryMarshal.AsRef<WireRecord>(record.AsSpan());
        header.Fetched[fixedPart] = 8;
        header.Fetched[varying] = (short)(message.Length > 0 ? message.Length : -14);

        Assert.Equal(key, layout.Key!.Text(layout.Key.Of(record), layout));
    }

    [Fact]
    public void A_length_that_a_fetch_needs_is_fetched_with_it()
    {
        var layout = new EventLayout("send", 8);
        var length = layout.Fetch(FetchKind.Bytes, 0, 4);
        var other = layout.Fetch(FetchKind.Bytes, 0, 4);
        var address = layout.Fetch(FetchKind.Bytes, 0, 28, lengthSource: layout.Fetches[length].Out);

        Assert.Equal((1u << length) | (1u << address), layout.WithSources(1u << address));
        Assert.Equal(1u << other, layout.WithSources(1u << other));
    }

    [Fact]
    public void A_source_that_does_not_fit_a_key_is_none()
    {
        var layout = new EventLayout("large", 256) { KeyFields = ["blob"] };
        layout.KeySource("blob", 0, 200);

        Assert.Null(layout.Key);
    }

    private static (EventLayout Layout, int Fetch) WithText()
    {
        var layout = new EventLayout("open", 16) { KeyFields = ["filename"] };
        var fetch = layout.Fetch(FetchKind.String, 8, 256);
        layout.KeySource("filename", fetch);
        layout.Decode((raw, data) => TracepointLayout.AddString(raw, data, "filename", fetch, 256));
        return (layout, fetch);
    }

    private static byte[] Text(EventLayout layout, int fetch, string text, string stale)
    {
        var record = Record(layout, data =>
        {
            Encoding.ASCII.GetBytes(stale, data[layout.Fetches[fetch].Out..]);
            Encoding.ASCII.GetBytes(text, data[layout.Fetches[fetch].Out..]);
        });
        MemoryMarshal.AsRef<WireRecord>(record.AsSpan()).Fetched[fetch] = (short)text.Length;
        return record;
    }

    private static byte[] Record(EventLayout layout, FillData fill)
    {
        var record = new byte[layout.RecordSize];
        fill(record.AsSpan(Unsafe.SizeOf<WireRecord>()));
        return record;
    }

    private static byte[] Bytes(WireKey key) => MemoryMarshal.AsBytes(new ReadOnlySpan<WireKey>(in key)).ToArray();

    private delegate void FillData(Span<byte> data);
}
