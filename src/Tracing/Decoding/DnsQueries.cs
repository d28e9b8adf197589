using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Sonde.Kernel;
using Sonde.Tracing.Probes;

namespace Sonde.Tracing.Decoding;

/// <summary>
/// Calls that may send questions to name servers (port 53). Such an event is complete with the answer, which the process reads from
/// the same socket: its latency is the answer's, and what is never answered is in progress.
/// </summary>
internal static class DnsQueries
{
    private const int SyscallArguments = 16;
    private const int TruncatedAnswer = 0x200;

    /// <summary>Where the system calls that send have their bytes.</summary>
    private static readonly Dictionary<string, (DnsFrom From, bool HasName)> Senders = new()
    {
        ["sendto"] = (DnsFrom.Buffer, true),
        ["write"] = (DnsFrom.Buffer, false),
        ["writev"] = (DnsFrom.Vectors, false),
        ["sendmsg"] = (DnsFrom.Message, false),
        ["sendmmsg"] = (DnsFrom.Messages, false),
    };

    /// <summary>The system calls that send.</summary>
    public static IReadOnlyList<string> SystemCalls { get; } = [.. Senders.Keys];

    /// <summary>Adds questions and the socket's ends to a system call that sends.</summary>
    public static void AddToSyscall(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        const string Prefix = "sys_enter_";
        if (kernel.Btf is { } btf && format is not null && Senders.TryGetValue(format.Name[Prefix.Length..], out var sender))
        {
            if (sender.From is DnsFrom.Message or DnsFrom.Messages)
            {
                AddMessageName(layout);
            }

            Add(layout, btf, new WireDnsPlan { From = sender.From, Arguments = SyscallArguments, HasName = (ushort)(sender.HasName ? 1 : 0) });
        }
    }

    /// <summary>Adds questions to <c>udp_sendmsg</c>, whose message's iterator has another layout in each generation of kernels.</summary>
    public static void AddToFunction(EventLayout layout, KernelView kernel, TracepointFormat? format)
    {
        if (kernel.Btf is not { } btf || btf.OffsetOf("msghdr", "msg_name") is not { } name || btf.OffsetOf("msghdr", "msg_iter") is not { } iterator)
        {
            return;
        }

        // One byte tells the type, or until 5.13 the bits of a word, of which the lowest is the direction.
        var type = btf.OffsetOf("iov_iter", "iter_type") ?? btf.OffsetOf("iov_iter", "type");
        var vectors = btf.OffsetOf("iov_iter", "__iov") ?? btf.OffsetOf("iov_iter", "iov");
        var buffer = btf.OffsetOf("iov_iter", "ubuf");
        if (type is null || vectors is null || btf.EnumeratorValue("ITER_IOVEC") is not { } vectorsType)
        {
            return;
        }

        var bufferType = buffer is null ? null : btf.EnumeratorValue("ITER_UBUF");
        Add(layout, btf, new WireDnsPlan
        {
            From = DnsFrom.Function,
            NameAt = (ushort)name,
            TypeAt = (ushort)(iterator + type),
            VectorsAt = (ushort)(iterator + vectors),
            BufferAt = (ushort)(iterator + (buffer ?? 0)),
            HasBuffers = (byte)(bufferType is null ? 0 : 1),
            BufferType = (byte)(bufferType ?? 0),
            VectorsType = (byte)vectorsType,
            VectorsMask = (byte)(btf.OffsetOf("iov_iter", "iter_type") is null ? 0xfe : 0xff),
        });
    }

    /// <summary>What was asked and what came back.</summary>
    internal static void SetQuestions(JsonObject data, in WireDns dns, ulong sentNs)
    {
        var all = new JsonArray();
        for (var i = 0; i < Math.Min((int)dns.Count, Wire.DnsQuestions); i++)
        {
            ref readonly var question = ref dns.Questions[i];
            ReadOnlySpan<byte> payload = question.Payload;
            payload = payload[Math.Min(question.At, question.Length)..Math.Min((int)question.Length, Wire.DnsSize)];
            if (DnsQuestion.Read(payload) is { } read)
            {
                all.Add((JsonNode)Describe(read, question, sentNs));
            }
        }

        if (all.Count == 0)
        {
            return;
        }

        foreach (var (name, value) in all[0]!.AsObject())
        {
            if (name != "latency_us")
            {
                data[name] = value?.DeepClone();
            }
        }

        if (all.Count > 1)
        {
            data["queries"] = all;
        }
    }

    private static void Add(EventLayout layout, Btf btf, WireDnsPlan plan)
    {
        if (!layout.HasRoom(Unsafe.SizeOf<WireDns>()))
        {
            return;
        }

        var at = layout.KeepQuestions(plan);
        if (plan.From != DnsFrom.Function)
        {
            KernelStructures.AddSocketBehind(layout, btf, at);
        }

        layout.KeyFields = ["query", .. layout.KeyFields];
        layout.Decode((raw, data) => SetQuestions(data, MemoryMarshal.AsRef<WireDns>(raw.Data.Slice(at, Unsafe.SizeOf<WireDns>())), raw.Header.TimeNs));
    }

    // A message begins with the pointer to its address, and an array of messages with its first one.
    private static void AddMessageName(EventLayout layout)
    {
        const int MessageArgument = SyscallArguments + 8;
        const int NameLength = 8;
        var length = layout.Fetch(FetchKind.Bytes, MessageArgument, sizeof(int), [NameLength], FetchFlags.User);
        var fetch = layout.Fetch(FetchKind.Bytes, MessageArgument, SocketAddress.LargestInternetSize, [0, 0], FetchFlags.User, layout.Fetches[length].Out);
        layout.KeySourceAlso("destination", fetch);
        layout.Decode((raw, data) =>
        {
            if (raw.TryFetched(fetch, out var bytes) && SocketAddress.FromBytes(bytes) is { } address)
            {
                data["destination"] = address;
            }
        });
    }

    private static JsonObject Describe(DnsQuestion question, in WireQuestion wire, ulong sentNs)
    {
        var described = new JsonObject { ["query"] = question.Name, ["query_type"] = question.Type };
        if (wire.AnsweredNs != 0)
        {
            described["answer_code"] = DnsQuestion.CodeName(wire.Flags);
            described["latency_us"] = EventDecoder.Microseconds(wire.AnsweredNs - sentNs);
            if ((wire.Flags & TruncatedAnswer) != 0)
            {
                described["answer_truncated"] = true;
            }
        }

        return described;
    }
}
