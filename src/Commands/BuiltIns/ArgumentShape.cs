namespace Sonde.Commands.BuiltIns;

/// <summary>
/// The options that a built-in takes. Everything else is refused with its name: what isn't known isn't passed on.
/// </summary>
/// <param name="tool">For refusals.</param>
internal sealed class ArgumentShape(string tool)
{
    private readonly Dictionary<string, (string Name, Func<string, bool>? Accepts)> _options = [];

    /// <summary>An option without a value, under all its names; the first is the one it is asked for by.</summary>
    public ArgumentShape Flag(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _options[name] = (names[0], null);
        }

        return this;
    }

    /// <summary>Several options without a value, each with one name.</summary>
    public ArgumentShape Flags(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _options[name] = (name, null);
        }

        return this;
    }

    /// <summary>An option with a value that must be acceptable.</summary>
    public ArgumentShape Value(Func<string, bool> accepts, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            _options[name] = (names[0], accepts);
        }

        return this;
    }

    /// <summary>Takes the arguments apart; null with the refusal where one isn't known.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="refusal">What isn't known.</param>
    public Arguments? Read(IEnumerable<string> arguments, out string? refusal)
    {
        var read = new Arguments();
        var queue = new Queue<string>(arguments);
        refusal = null;
        while (refusal is null && queue.TryDequeue(out var word))
        {
            if (word == "--")
            {
                read.Operands.AddRange(queue);
                break;
            }

            refusal = word.Length < 2 || word[0] != '-' ? Operand(read, word)
                : _options.ContainsKey(word) ? Option(read, word, null, queue)
                : word.StartsWith("--", StringComparison.Ordinal) ? LongOption(read, word, queue)
                : Cluster(read, word, queue);
        }

        return refusal is null ? read : null;
    }

    private static string? Operand(Arguments read, string word)
    {
        read.Operands.Add(word);
        return null;
    }

    private string? LongOption(Arguments read, string word, Queue<string> queue)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? Option(read, word[..equals], word[(equals + 1)..], queue) : Option(read, word, null, queue);
    }

    // "-nvL", "-c3".
    private string? Cluster(Arguments read, string word, Queue<string> queue)
    {
        for (var i = 1; i < word.Length; i++)
        {
            var name = $"-{word[i]}";
            var takesRest = _options.TryGetValue(name, out var option) && option.Accepts is not null && i + 1 < word.Length;
            if (Option(read, name, takesRest ? word[(i + 1)..] : null, queue) is { } refusal)
            {
                return refusal;
            }

            if (takesRest)
            {
                break;
            }
        }

        return null;
    }

    private string? Option(Arguments read, string name, string? value, Queue<string> queue)
    {
        if (!_options.TryGetValue(name, out var option))
        {
            return $"{tool}: the option {name} isn't among those that are served";
        }

        if (option.Accepts is null)
        {
            read.Options[option.Name] = "";
            return value is null ? null : $"{tool}: the option {name} takes no value";
        }

        if (value is null && !queue.TryDequeue(out value))
        {
            return $"{tool}: the option {name} needs a value";
        }

        read.Options[option.Name] = value;
        read.Repeated.Add((option.Name, value));
        return option.Accepts(value) ? null : $"{tool}: {name} {value} isn't among the values that are served";
    }

    /// <summary>What an <see cref="ArgumentShape"/> read.</summary>
    internal sealed class Arguments
    {
        /// <summary>Last value by name; empty for options without one.</summary>
        public Dictionary<string, string> Options { get; } = [];

        /// <summary>Every option with a value, in order.</summary>
        public List<(string Name, string Value)> Repeated { get; } = [];

        /// <summary>What is no option.</summary>
        public List<string> Operands { get; } = [];

        public bool Has(string name) => Options.ContainsKey(name);
    }
}

/// <summary>What values may look like.</summary>
internal static class Accepts
{
    /// <summary>Anything; for values that only choose what is shown.</summary>
    public static bool Any(string value) => value.Length > 0;

    /// <summary>A word that no tool takes for an option or a second statement.</summary>
    public static bool Name(string value) =>
        value.Length is > 0 and < 256 && value[0] != '-' && value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':' or '@' or '/' or '%' or '\\' or '*' or '=' or ',' or '+');

    /// <summary>A whole number in a range.</summary>
    public static Func<string, bool> Number(int least, int most) => value => int.TryParse(value, out var number) && number >= least && number <= most;

    /// <summary>A number in a range.</summary>
    public static Func<string, bool> Decimal(double least, double most) =>
        value => double.TryParse(value, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;

    /// <summary>One of these.</summary>
    public static Func<string, bool> OneOf(params string[] values) => value => values.Contains(value, StringComparer.OrdinalIgnoreCase);
}
