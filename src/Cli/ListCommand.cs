using System.CommandLine;
using Sonde.Kernel;

namespace Sonde.Cli;

/// <summary><c>sonde list [PATTERN]</c>: what can be traced here, spelled as C declares it.</summary>
internal static class ListCommand
{
    private const string TracepointPrefix = "tracepoint:";
    private const string FunctionPrefix = "kprobe:";

    public static Command Create()
    {
        var pattern = new Argument<string?>("PATTERN")
        {
            Description = "A name, a part of one, or a pattern with *; tracepoint: or kprobe: before it narrows to one kind.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("list", "List what can be traced here, with argument names and types.") { pattern };
        command.SetAction(parsed => (int)Run(parsed.GetValue(pattern) ?? "*"));
        return command;
    }

    private static ExitCode Run(string pattern)
    {
        var catalog = Composition.Kernel.Catalog;
        var (name, tracepoints, functions) = Split(pattern);
        var anywhere = name.Contains('*', StringComparison.Ordinal) ? name : $"*{name}*";
        var found = 0;
        using var stdout = StandardOutput.Open();
        foreach (var tracepoint in tracepoints ? Tracepoints(catalog, anywhere) : [])
        {
            stdout.WriteLine($"{TracepointPrefix}{tracepoint}{Fields(tracepoint)}");
            found++;
        }

        foreach (var function in functions ? catalog.MatchFunctions(anywhere) : [])
        {
            stdout.WriteLine($"{FunctionPrefix}{function}{Signature(function)}");
            found++;
        }

        if (found > 0)
        {
            return ExitCode.Done;
        }

        string[] near = [.. tracepoints ? catalog.SuggestTracepoints(name) : [], .. functions ? catalog.SuggestFunctions(name) : []];
        Console.Error.WriteLine($"sonde list: nothing here matches {pattern}.{(near.Length > 0 ? $" Near to it: {string.Join(", ", near)}." : "")}");
        WriteMissing();
        return ExitCode.Failed;
    }

    // A part of a category finds its tracepoints too.
    private static IEnumerable<string> Tracepoints(TargetCatalog catalog, string pattern) => pattern.Contains('/', StringComparison.Ordinal)
        ? catalog.MatchTracepoints(pattern)
        : catalog.MatchTracepoints(pattern).Union(catalog.MatchTracepoints($"{pattern}/*")).Order(StringComparer.Ordinal);

    private static (string Name, bool Tracepoints, bool Functions) Split(string pattern)
    {
        foreach (var prefix in new[] { TracepointPrefix, "tp:", "t:" })
        {
            if (pattern.StartsWith(prefix, StringComparison.Ordinal))
            {
                return (pattern[prefix.Length..].Replace(':', '/'), true, false);
            }
        }

        foreach (var prefix in new[] { FunctionPrefix, "kretprobe:", "fentry:", "fexit:", "p:", "r:" })
        {
            if (pattern.StartsWith(prefix, StringComparison.Ordinal))
            {
                return (pattern[prefix.Length..], false, true);
            }
        }

        var name = pattern.Replace(':', '/');
        return (name, true, !name.Contains('/', StringComparison.Ordinal));
    }

    private static string Fields(string tracepoint)
    {
        var slash = tracepoint.IndexOf('/', StringComparison.Ordinal);
        return Composition.Kernel.Tracefs?.ReadFormat(tracepoint[..slash], tracepoint[(slash + 1)..]) is { } format
            ? $"({string.Join(", ", format.Fields.Where(static field => field.Name != "__syscall_nr").Select(static field => $"{field.TypeText} {field.Name}"))})"
            : "";
    }

    private static string Signature(string function)
    {
        if (Composition.Kernel.Btf is not { } btf || btf.FindFunction(function) is not { } found)
        {
            return "";
        }

        var parameters = found.Parameters.Select(parameter => $"{btf.Format(parameter.TypeId)} {parameter.Name}".TrimEnd());
        return $"({string.Join(", ", parameters)}) -> {(found.ReturnTypeId == 0 ? "void" : btf.Format(found.ReturnTypeId))}";
    }

    private static void WriteMissing()
    {
        if (Composition.Kernel.Tracefs is null)
        {
            Console.Error.WriteLine($"sonde list: tracepoints can't be listed: {Composition.Kernel.TracefsReason}");
        }

        if (Composition.Kernel.Btf is null)
        {
            Console.Error.WriteLine($"sonde list: types of arguments aren't known: {Composition.Kernel.BtfReason}");
        }
    }
}
