namespace Sonde.Protocol.Reading;

/// <summary>Reads <c>commands</c>: objects, plain strings, a list of arguments, or a map from id to command.</summary>
internal static class CommandReader
{
    private const int MostCommands = 64;
    private const int MostIdCharacters = 64;
    private const int MostCommandCharacters = 16 * 1024;
    private static readonly string[] KnownFields = ["id", "command", "description"];

    /// <summary>The commands that can run; each of the others is a fault.</summary>
    public static IReadOnlyList<CommandRequest> Read(ReplyValue? value, List<ProtocolFault> faults, List<string> remarks)
    {
        var items = Items(value);
        if (items.Count > MostCommands)
        {
            remarks.Add($"$.commands: {items.Count} commands were sent; the first {MostCommands} are run in one round");
        }

        var commands = new List<CommandRequest>();
        foreach (var (id, path, item) in items.Take(MostCommands))
        {
            if (ReadOne(id, path, item, faults, remarks) is { } command)
            {
                commands.Add(command);
            }
        }

        return WithUniqueIds(commands, remarks);
    }

    private static List<(string? Id, string Path, ReplyValue Item)> Items(ReplyValue? value)
    {
        if (value is { Kind: ReplyKind.Object } && value.Find("command") is null)
        {
            return [.. value.Members.Select(member => ((string?)member.Key, $"$.commands.{SafeText.Quote(member.Key)}", member.Value))];
        }

        return [.. (value?.AsList() ?? []).Select((item, i) => ((string?)null, $"$.commands[{i}]", item))];
    }

    private static CommandRequest? ReadOne(string? id, string path, ReplyValue item, List<ProtocolFault> faults, List<string> remarks)
    {
        var written = item.Kind == ReplyKind.Object ? item.Find("command") : item;
        if (item.Kind == ReplyKind.Object)
        {
            FieldCheck.NoteUnknown(item, path, KnownFields, remarks);
            id ??= item.Find("id")?.FilledText;
        }

        if (written is null || written.Kind is not (ReplyKind.String or ReplyKind.Array))
        {
            faults.Add(new ProtocolFault(path, "expected a shell command as text, or an object with a command"));
            return null;
        }

        var command = written.Kind == ReplyKind.Array ? Join(written) : written.FilledText;
        if (string.IsNullOrEmpty(command))
        {
            faults.Add(new ProtocolFault(path, "the command is empty"));
            return null;
        }

        if (command.Length > MostCommandCharacters || command.Contains('\0', StringComparison.Ordinal))
        {
            faults.Add(new ProtocolFault(path, $"a command has at most {MostCommandCharacters} characters and no NUL"));
            return null;
        }

        return new CommandRequest { Id = id ?? "", Command = command, Description = item.Find("description")?.Flatten() };
    }

    // A list of arguments becomes one line for the shell, each argument quoted where the shell would read it otherwise.
    private static string Join(ReplyValue arguments) =>
        string.Join(' ', arguments.Items.Select(item => Quote(item.Text ?? item.Flatten())));

    private static string Quote(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || "-_=+./:,@%".Contains(c, StringComparison.Ordinal))
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static List<CommandRequest> WithUniqueIds(List<CommandRequest> commands, List<string> remarks)
    {
        var taken = new HashSet<string>();
        for (var i = 0; i < commands.Count; i++)
        {
            var wanted = SafeText.Quote(commands[i].Id, MostIdCharacters - 1);
            var id = SafeText.Unique(wanted.Length > 0 ? wanted : $"cmd_{i + 1}", taken, MostIdCharacters);
            if (wanted.Length > 0 && id != commands[i].Id)
            {
                remarks.Add($"$.commands: the id of '{SafeText.Quote(commands[i].Command)}' became '{id}'");
            }

            commands[i] = commands[i] with { Id = id };
        }

        return commands;
    }
}
