using Sonde.Interop;

namespace Sonde.Kernel;

/// <summary>The types of loaded modules (<c>/sys/kernel/btf/MODULE</c>), each read when a function is looked for that the kernel itself doesn't have.</summary>
internal sealed class ModuleTypes
{
    private const string Folder = "/sys/kernel/btf";

    private readonly Lock _reading = new();
    private readonly Dictionary<string, Btf?> _types = [];
    private readonly Dictionary<string, int> _descriptors = [];

    /// <summary>A module's function; null when no loaded module describes it.</summary>
    /// <param name="kernel">The kernel's types, which a module's build on.</param>
    /// <param name="name">The function.</param>
    public (Btf Types, BtfFunction Function, int TypesFd)? FindFunction(Btf kernel, string name)
    {
        lock (_reading)
        {
            foreach (var module in Modules())
            {
                if (TypesOf(kernel, module) is { } types && types.FindFunction(name) is { } function)
                {
                    return (types, function, DescriptorOf(module));
                }
            }
        }

        return null;
    }

    private static IEnumerable<string> Modules()
    {
        try
        {
            return Directory.GetFiles(Folder).Select(path => Path.GetFileName(path)!).Where(name => name != "vmlinux").Order(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private Btf? TypesOf(Btf kernel, string module)
    {
        if (!_types.TryGetValue(module, out var types))
        {
            try
            {
                types = Btf.LoadModule($"{Folder}/{module}", kernel);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                // Unloaded meanwhile, or built for another kernel: then its functions have no types, which the result says.
                types = null;
            }

            _types[module] = types;
        }

        return types;
    }

    // Kept open as long as the agent runs: the kernel wants it when a trampoline is loaded.
    private int DescriptorOf(string module) => _descriptors.TryGetValue(module, out var fd) ? fd : _descriptors[module] = KernelTypes.OpenModule(module);
}
