using System.Buffers;
using System.Text;
using Sonde.Redaction.Rules;

namespace Sonde.Redaction;

/// <summary>The secrets of one diagnosis: each has one number, wherever it is met again. It holds them in memory alone.</summary>
internal sealed class SecretRegister
{
    // Beyond, a secret still disappears; it only has no number of its own.
    private const int MostNumbered = 4096;
    private const int MostKnown = 256;
    private const int LongestKnown = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _numbers = [];
    private readonly SortedDictionary<SecretKind, long> _counts = [];
    private readonly List<string> _known = [];
    private SearchValues<string>? _search;

    /// <summary>Distinct secrets by kind, so far.</summary>
    public IReadOnlyDictionary<SecretKind, long> Counts
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<SecretKind, long>(_counts);
            }
        }
    }

    /// <summary>What stands for a secret.</summary>
    public string PlaceholderOf(ReadOnlySpan<char> secret, SecretKind kind)
    {
        var key = kind == SecretKind.PrivateKey ? WithoutBreaks(secret) : secret.ToString();
        lock (_gate)
        {
            if (!_numbers.TryGetValue(key, out var number))
            {
                _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
                if (_numbers.Count >= MostNumbered)
                {
                    return "<secret:more>";
                }

                number = _numbers.Count + 1;
                _numbers.Add(key, number);
                if (_known.Count < MostKnown && key.Length <= LongestKnown && Likeness.IsRandom(key))
                {
                    _known.Add(key);
                    _search = null;
                }
            }

            return $"<secret:{number}>";
        }
    }

    /// <summary>Finds secrets that were met before and that no text holds by chance, also where nothing around them tells.</summary>
    public void FindKnown(string text, List<Finding> found)
    {
        SearchValues<string> search;
        string[] known;
        lock (_gate)
        {
            if (_known.Count == 0)
            {
                return;
            }

            search = _search ??= SearchValues.Create([.. _known], StringComparison.Ordinal);
            known = [.. _known];
        }

        for (var at = 0; at < text.Length;)
        {
            var hit = text.AsSpan(at).IndexOfAny(search);
            if (hit < 0)
            {
                return;
            }

            at += hit;
            var length = known.Where(secret => text.AsSpan(at).StartsWith(secret, StringComparison.Ordinal)).Max(static secret => secret.Length);
            found.Add(new Finding(at, length, SecretKind.NamedSecret));
            at += length;
        }
    }

    // The same key on lines, in one line and escaped in JSON is one secret.
    private static string WithoutBreaks(ReadOnlySpan<char> key)
    {
        var plain = new StringBuilder(key.Length);
        for (var i = 0; i < key.Length; i++)
        {
            if (key[i] == '\\' && i + 1 < key.Length && key[i + 1] is 'n' or 'r' or 't')
            {
                i++;
            }
            else if (!char.IsWhiteSpace(key[i]))
            {
                plain.Append(key[i]);
            }
        }

        return plain.ToString();
    }
}
