namespace Sonde;

/// <summary>Arguments to one command to an exit code.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        Console.WriteLine($"sonde {args.Length} libbpf {Interop.LibBpf.libbpf_major_version()}");
        return 0;
    }
}
