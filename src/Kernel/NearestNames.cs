using System.Buffers;

namespace Sonde.Kernel;

/// <summary>Finds the names that someone who wrote a wrong one most likely meant.</summary>
internal static class NearestNames
{
    private const int LongestName = 128;
    private const int NoMatch = int.MaxValue;
    private static readonly SearchValues<char> Separators = SearchValues.Create("_.");

    /// <summary>The nearest names, best first.</summary>
    /// <param name="wanted">The name that doesn't exist; of a tracepoint, with or without its category.</param>
    /// <param name="names">Those that do; they may repeat.</param>
    /// <param name="most">How many at most.</param>
    public static IReadOnlyList<string> Of(string wanted, IEnumerable<string> names, int most)
    {
        // The kernel's names are in lower case but for a handful.
        wanted = wanted.Trim().Replace(':', '/').ToLowerInvariant();
        if (wanted.Length is 0 or > LongestName || most <= 0)
        {
            return [];
        }

        var best = new PriorityQueue<string, (int, int, string)>(Comparer<(int Score, int Length, string)>.Create((a, b) => b.CompareTo(a)));
        var seen = new HashSet<string>();
        var search = new Search(wanted);
        foreach (var name in names)
        {
            // Scores are bounded by the worst name kept so far: most of the kernel's names are dismissed by their length alone.
            var limit = best.Count < most || !best.TryPeek(out _, out var worst) ? NoMatch : worst.Item1 + 1;
            var score = search.Score(name, limit);
            if (score < limit && seen.Add(name))
            {
                best.Enqueue(name, (score, name.Length, name));
                if (best.Count > most)
                {
                    best.Dequeue();
                }
            }
        }

        var found = new List<string>(best.Count);
        while (best.TryDequeue(out var name, out _))
        {
            found.Insert(0, name);
        }

        return found;
    }

    private sealed class Search
    {
        private const int PerEdit = 4;
        private const int SameWords = 6;
        private const int Contained = 8;
        private const int SomeWords = 20;
        private const int OtherCategory = 2;

        private readonly string _wanted;
        private readonly string _category;
        private readonly int _mostEdits;
        private readonly string[] _words;
        private readonly int[] _row = new int[LongestName + 1];

        public Search(string text)
        {
            var slash = text.IndexOf('/');
            _category = slash < 0 ? "" : text[..slash];
            _wanted = text[(slash + 1)..];
            _mostEdits = Math.Clamp(_wanted.Length / 4, 1, 6);
            _words = [.. _wanted.Split(['_', '.'], StringSplitOptions.RemoveEmptyEntries).Distinct()];
        }

        /// <summary>How far a name is from the wanted one; <see cref="NoMatch"/> when nothing relates them.</summary>
        public int Score(string whole, int limit)
        {
            // A tracepoint is as well known by its name alone, and its category is easily mistaken.
            var slash = whole.IndexOf('/');
            var name = whole.AsSpan(slash + 1);
            if (name.Length is 0 or > LongestName)
            {
                return NoMatch;
            }

            var score = Math.Min(Edits(name), Containment(name));
            if (limit > SameWords)
            {
                score = Math.Min(score, Words(name));
            }

            var isOther = _category.Length > 0 && !whole.AsSpan(0, Math.Max(slash, 0)).SequenceEqual(_category);
            return score == NoMatch ? NoMatch : score + (isOther ? OtherCategory : 0);
        }

        private int Containment(ReadOnlySpan<char> name)
        {
            var isLonger = name.Length > _wanted.Length;
            var shorter = isLonger ? _wanted : name;
            var longer = isLonger ? name : _wanted;
            if (shorter.Length < 4 || !longer.Contains(shorter, StringComparison.Ordinal))
            {
                return NoMatch;
            }

            // "connect" is nearer to "tcp_connect" than to "iscsi_connection_…": the less is added the better.
            return Contained + ((longer.Length - shorter.Length) / 2);
        }

        private int Edits(ReadOnlySpan<char> name)
        {
            var mine = _wanted.AsSpan();
            if (Math.Abs(mine.Length - name.Length) > _mostEdits)
            {
                return NoMatch;
            }

            for (var i = 0; i <= name.Length; i++)
            {
                _row[i] = i;
            }

            for (var i = 0; i < mine.Length; i++)
            {
                var diagonal = _row[0];
                _row[0] = i + 1;
                var least = _row[0];
                for (var j = 0; j < name.Length; j++)
                {
                    var substituted = diagonal + (mine[i] == name[j] ? 0 : 1);
                    diagonal = _row[j + 1];
                    _row[j + 1] = Math.Min(substituted, Math.Min(diagonal, _row[j]) + 1);
                    least = Math.Min(least, _row[j + 1]);
                }

                if (least > _mostEdits)
                {
                    return NoMatch;
                }
            }

            return _row[name.Length] <= _mostEdits ? _row[name.Length] * PerEdit : NoMatch;
        }

        // The same words in another order ("tcp_connect_v4"), or most of them.
        private int Words(ReadOnlySpan<char> name)
        {
            if (_words.Length < 2)
            {
                return NoMatch;
            }

            var (shared, count) = (0, 0);
            foreach (var range in name.SplitAny(Separators))
            {
                var word = name[range];
                if (word.IsEmpty)
                {
                    continue;
                }

                count++;
                foreach (var each in _words)
                {
                    if (IsSameWord(word, each))
                    {
                        shared++;
                        break;
                    }
                }
            }

            var all = _words.Length + count - shared;
            return shared == all ? SameWords
                : shared >= 2 && shared * 2 >= all ? SomeWords + ((all - shared) * PerEdit)
                : NoMatch;
        }

        // One letter more, less or different is still the same word, where it is no short one.
        private static bool IsSameWord(ReadOnlySpan<char> word, ReadOnlySpan<char> other)
        {
            var longest = Math.Max(word.Length, other.Length);
            if (longest < 5 || Math.Abs(word.Length - other.Length) > 1)
            {
                return word.SequenceEqual(other);
            }

            var start = word.CommonPrefixLength(other);
            var end = 0;
            while (end < word.Length - start && end < other.Length - start && word[^(end + 1)] == other[^(end + 1)])
            {
                end++;
            }

            return start + end >= longest - 1;
        }
    }
}
