using Microsoft.Win32.SafeHandles;
using Sonde.Interop;
using Sonde.Kernel;

namespace Sonde.Tracing.Probes;

/// <summary>The embedded BPF objects, with the few of this kernel's types that they refer to: found once, however many probes are made of them.</summary>
internal sealed class ProbeImage
{
    private readonly Part _tracepoints;
    private readonly Part _functions;

    /// <param name="kernel">The kernel's types, asked for when the first object is opened; null where there are none.</param>
    public ProbeImage(Func<Btf?> kernel) => (_tracepoints, _functions) = (new("tracepoints.bpf.o", kernel), new("functions.bpf.o", kernel));

    /// <summary>Another object with the programs of a mechanism, not loaded yet. All have the same maps.</summary>
    public BpfObject Open(Mechanism mechanism) => (mechanism is Mechanism.Tracepoint or Mechanism.SyscallPair ? _tracepoints : _functions).Open();

    private sealed class Part
    {
        private readonly Lazy<byte[]> _bytes;
        private readonly Lazy<SafeFileHandle?> _types;

        public Part(string resource, Func<Btf?> kernel)
        {
            _bytes = new(() => ReadBytes(resource));
            _types = new(() => FindTypes(kernel()));
        }

        public BpfObject Open()
        {
            // A path of this process's own; without /proc libbpf looks for the kernel's types itself.
            var path = _types.Value is { } file && Directory.Exists("/proc/self/fd") ? $"/proc/self/fd/{file.DangerousGetHandle()}" : null;
            return BpfObject.Open(_bytes.Value, "sonde"u8, path);
        }

        private SafeFileHandle? FindTypes(Btf? kernel)
        {
            if (kernel is null)
            {
                return null;
            }

            using var bpf = BpfObject.Open(_bytes.Value, "sonde"u8);
            return MemoryFile.Create("sonde_types", CoreTypes.Build(Btf.Parse(bpf.Types()), kernel));
        }

        private static byte[] ReadBytes(string resource)
        {
            using var stream = typeof(ProbeImage).Assembly.GetManifestResourceStream(resource)
                ?? throw new InvalidOperationException($"the binary holds no {resource}: the build is broken");
            var image = new byte[stream.Length];
            stream.ReadExactly(image);
            return image;
        }
    }
}
