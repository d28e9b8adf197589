using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Sonde.Interop;
using Sonde.Rings;

namespace Sonde.Benchmarks.Subjects;

/// <summary>The product's ring reader on bench.bpf.o, as native/ring-reader.c has it: the same arguments, the same output.</summary>
internal static unsafe partial class RingReaderProcess
{
    public const string Verb = "ring-reader";

    private const int Arguments = 6;

    /// <summary>OBJECT TRACEPOINT-ID READY-FILE RING-BYTES BURST.</summary>
    public static int Run(string[] arguments)
    {
        if (arguments.Length != Arguments)
        {
            Console.Error.WriteLine($"usage: {Verb} OBJECT TRACEPOINT-ID READY-FILE RING-BYTES BURST");
            return 2;
        }

        var size = uint.Parse(arguments[4], CultureInfo.InvariantCulture);
        var stopped = false;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            Volatile.Write(ref stopped, true);
        });
        using var bpf = BpfObject.Open(File.ReadAllBytes(arguments[1]), "bench"u8);
        bpf.SetAutoload("emit");
        bpf.Data<uint>(".rodata") = uint.Parse(arguments[5], CultureInfo.InvariantCulture);
        bpf.Size("ring", size, 0);
        Must(bpf.Load(), "loading");
        using var reader = RingReader.TryMap(LibBpf.bpf_map__fd(bpf.Map("ring")), size, out var errno)
            ?? throw new InvalidOperationException($"mapping the ring: errno {errno}");
        var link = BpfLink.Tracepoint(bpf, "emit", int.Parse(arguments[2], CultureInfo.InvariantCulture), out errno)
            ?? throw new InvalidOperationException($"attaching: errno {errno}");

        // The C reader's own way to wait: the comparison is of the reading.
        var pause = new Timespec(0, 1_000_000);
        var handler = default(Sum);
        long count = 0;
        var before = ThreadCpuNs();
        File.WriteAllText(arguments[3], "");
        while (!Volatile.Read(ref stopped))
        {
            count += reader.Drain(ref handler);
            _ = nanosleep(&pause, null);
        }

        link.Dispose();
        count += reader.Drain(ref handler);
        var cpu = ThreadCpuNs() - before;
        var totals = Totals(bpf);
        Console.WriteLine($"{count} {totals.Lost} {cpu} {totals.Hits}");
        return handler.Value == 1 ? 1 : 0;
    }

    // Of the kernel's scheduler, in nanoseconds; the first figure is time on a CPU.
    private static long ThreadCpuNs() => long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);

    private static (long Hits, long Lost) Totals(BpfObject bpf)
    {
        var each = stackalloc Counted[LibBpf.libbpf_num_possible_cpus()];
        var zero = 0u;
        Must(LibBpf.bpf_map_lookup_elem(LibBpf.bpf_map__fd(bpf.Map("totals")), &zero, each), "reading the totals");
        var sum = (Hits: 0L, Lost: 0L);
        for (var i = 0; i < LibBpf.libbpf_num_possible_cpus(); i++)
        {
            sum = (sum.Hits + each[i].Hits, sum.Lost + each[i].Lost);
        }

        return sum;
    }

    private static void Must(int result, string what)
    {
        if (result < 0)
        {
            throw new InvalidOperationException($"{what}: errno {-result}");
        }
    }

    private struct Sum : IRecordHandler
    {
        public ulong Value;

        public void OnRecord(ReadOnlySpan<byte> record) => Value += MemoryMarshal.Read<ulong>(record);
    }

    [LibraryImport("libc")]
    private static partial int nanosleep(Timespec* time, Timespec* left);

    private readonly record struct Timespec(long Seconds, long Nanoseconds);

    /// <summary><c>struct totals</c> of bench.bpf.c.</summary>
    private readonly record struct Counted(long Hits, long Sent, long Lost, long ClockNs);
}
