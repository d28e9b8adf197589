using System.Buffers;
using System.Text;

namespace Sonde.Commands.BuiltIns;

/// <summary>
/// A script of the shell taken apart into pipelines, where that can be done without being a shell: no compound command, no substitution of commands,
/// no document, no background, and nothing that later parts would miss in a shell of their own.
/// </summary>
internal static class ShellScript
{
    private static readonly SearchValues<char> Special = SearchValues.Create("|&;<>()$`\\\"' \t\n");

    // Compound commands, and those that change the shell they run in.
    private static readonly HashSet<string> NeedsOneShell =
    [
        "if", "for", "while", "until", "case", "select", "function", "{", "}", "!", "[[", "time", "coproc",
        "cd", "export", "set", "unset", "alias", ".", "source", "umask", "trap", "exec", "read", "exit", "return", "eval", "wait", "local", "shift", "ulimit",
    ];

    /// <summary>The pipelines, or null where only a shell can tell.</summary>
    public static IReadOnlyList<ShellPipeline>? TakeApart(string script)
    {
        var pipelines = new List<ShellPipeline>();
        var reader = new Reader(script);
        var connector = ShellConnector.Always;
        while (true)
        {
            if (reader.ReadPipeline() is not { } pipeline)
            {
                return null;
            }

            if (pipeline.Text.Length > 0)
            {
                pipelines.Add(pipeline with { Connector = connector });
            }
            else if (connector != ShellConnector.Always)
            {
                return null;
            }

            if (reader.AtEnd)
            {
                return pipelines;
            }

            if (reader.ReadConnector() is not { } next)
            {
                return null;
            }

            connector = next;
        }
    }

    private ref struct Reader(string script)
    {
        private readonly string _script = script;
        private int _at;

        public readonly bool AtEnd => _at >= _script.Length;

        private readonly char Current => _at < _script.Length ? _script[_at] : '\0';

        public ShellConnector? ReadConnector()
        {
            if (Current is ';' or '\n')
            {
                _at++;
                return Current == ';' ? null : ShellConnector.Always;
            }

            var two = _script.AsSpan(_at, Math.Min(2, _script.Length - _at));
            _at += 2;
            return two is "&&" ? ShellConnector.AfterSuccess : two is "||" ? ShellConnector.AfterFailure : null;
        }

        /// <summary>Null where it is more than a pipeline of simple commands.</summary>
        public ShellPipeline? ReadPipeline()
        {
            SkipBlanks();
            var start = _at;
            SimpleCommand? first = null;
            var stages = 0;
            var restAt = -1;
            while (true)
            {
                if (!ReadCommand(out var command))
                {
                    return null;
                }

                first = stages++ == 0 ? command : first;
                if (Current != '|' || Peek(1) == '|')
                {
                    break;
                }

                _at++;
                if (Current == '&')
                {
                    return null;
                }

                restAt = restAt < 0 ? _at : restAt;
            }

            var text = _script[start.._at].Trim();
            return stages > 1 && restAt >= 0 && string.IsNullOrWhiteSpace(_script[restAt.._at]) ? null
                : new ShellPipeline(ShellConnector.Always, text, first, restAt < 0 ? null : _script[restAt.._at].Trim());
        }

        private readonly char Peek(int ahead) => _at + ahead < _script.Length ? _script[_at + ahead] : '\0';

        private void SkipBlanks()
        {
            while (Current is ' ' or '\t')
            {
                _at++;
            }
        }

        // False where the whole script needs a shell; a null command where only its own words do.
        private bool ReadCommand(out SimpleCommand? command)
        {
            command = null;
            var words = new List<string>();
            bool known = true, outputDropped = false, errorsDropped = false, errorsToOutput = false;
            while (true)
            {
                SkipBlanks();
                if (AtEnd || Current is ';' or '\n' or '|' || (Current == '&' && Peek(1) == '&'))
                {
                    break;
                }

                if (Current is '(' or ')' or '#' || (Current == '&' && Peek(1) != '>'))
                {
                    return false;
                }

                if (Take("2>/dev/null") || Take("2> /dev/null"))
                {
                    errorsDropped = true;
                }
                else if (Take("2>&1"))
                {
                    errorsToOutput = !outputDropped;
                    errorsDropped |= outputDropped;
                }
                else if (Take(">/dev/null") || Take("> /dev/null") || Take("1>/dev/null"))
                {
                    outputDropped = true;
                }
                else if (Take("&>/dev/null") || Take("&> /dev/null"))
                {
                    outputDropped = errorsDropped = true;
                }
                else if (Current is '<' or '>' or '&')
                {
                    if (Current == '&' || Peek(1) is '<' or '(' or '&')
                    {
                        return false;
                    }

                    known = false;
                    _at++;
                }
                else if (!ReadWord(out var word, out var literal))
                {
                    return false;
                }
                else
                {
                    if (words.Count == 0 && (NeedsOneShell.Contains(word) || IsAssignment(word)))
                    {
                        return false;
                    }

                    known &= literal;
                    words.Add(word);
                }
            }

            command = known && words.Count > 0 ? new SimpleCommand(words, outputDropped, errorsDropped, errorsToOutput) : null;
            return true;
        }

        private bool Take(string text)
        {
            if (string.CompareOrdinal(_script, _at, text, 0, text.Length) != 0 || (_at + text.Length < _script.Length && !Special.Contains(_script[_at + text.Length])))
            {
                return false;
            }

            _at += text.Length;
            return true;
        }

        private bool ReadWord(out string word, out bool literal)
        {
            var text = new StringBuilder();
            literal = true;
            word = "";
            var start = _at;
            while (!AtEnd && Current is not (' ' or '\t' or '\n' or ';' or '|' or '&' or '<' or '>' or ')'))
            {
                switch (Current)
                {
                    case '(' or '`':
                        return false;
                    case '\'':
                        var end = _script.IndexOf('\'', _at + 1);
                        if (end < 0)
                        {
                            return false;
                        }

                        text.Append(_script, _at + 1, end - _at - 1);
                        _at = end + 1;
                        break;
                    case '"':
                        if (!ReadQuoted(text, ref literal))
                        {
                            return false;
                        }

                        break;
                    case '\\':
                        if (Peek(1) is '\0' or '\n')
                        {
                            return false;
                        }

                        text.Append(Peek(1));
                        _at += 2;
                        break;
                    case '$':
                        if (Peek(1) is '(' or '\'' or '"')
                        {
                            return false;
                        }

                        literal = false;
                        _at++;
                        break;
                    default:
                        literal &= Current is not ('*' or '?' or '[') && !(Current == '~' && _at == start);
                        text.Append(Current);
                        _at++;
                        break;
                }
            }

            // A number right before a redirection names a descriptor.
            literal &= !(Current is '<' or '>' && text.Length > 0);
            word = text.ToString();
            // Some shells make several words of braces with a list or a range in them.
            literal &= !(word.Contains('{', StringComparison.Ordinal) && (word.Contains(',', StringComparison.Ordinal) || word.Contains("..", StringComparison.Ordinal)));
            return true;
        }

        private bool ReadQuoted(StringBuilder text, ref bool literal)
        {
            for (_at++; !AtEnd; _at++)
            {
                switch (Current)
                {
                    case '"':
                        _at++;
                        return true;
                    case '`' or '$' when Current == '`' || Peek(1) == '(':
                        return false;
                    case '$':
                        literal = false;
                        break;
                    case '\\' when Peek(1) is '"' or '\\' or '$' or '`':
                        text.Append(Peek(1));
                        _at++;
                        break;
                    default:
                        text.Append(Current);
                        break;
                }
            }

            return false;
        }

        private static bool IsAssignment(string word)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            return equals > 0 && word.AsSpan(0, equals).IndexOfAnyExcept(NameCharacters) < 0;
        }

        private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    }
}
