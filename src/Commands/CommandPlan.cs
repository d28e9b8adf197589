using Sonde.Commands.BuiltIns;
using Sonde.Commands.Sandboxing;

namespace Sonde.Commands;

/// <summary>One part of a command, run after the one before it.</summary>
/// <param name="Connector">Whether it runs.</param>
/// <param name="Text">For a shell.</param>
/// <param name="First">Its first command, where it is served or refused by its shape.</param>
/// <param name="Recognition">How that is served.</param>
/// <param name="Rest">What the first command's output goes into, for a shell.</param>
internal sealed record CommandPart(ShellConnector Connector, string Text, SimpleCommand? First, Recognition Recognition, string? Rest);

/// <summary>A model's command in parts: those that the agent serves itself, and those for a confined shell.</summary>
internal static class CommandPlan
{
    /// <summary>Between what and the host it runs, for people: the sandbox, built-ins with their profiles, or a refusal.</summary>
    public static string Protection(string command) => Of(command) is not { } parts ? SandboxProfile.DefaultName
        : string.Join(", ", parts.Select(static part => part.Recognition switch
        {
            { Refusal: { } refusal } => $"refused ({refusal})",
            { Call: ToolCall tool } => $"built-in {tool.Name} (sandbox with {tool.Profile.Name})",
            { Call: { } call } => $"built-in {call.Name} (the agent's own)",
            _ => SandboxProfile.DefaultName,
        }).Distinct());

    /// <summary>The parts; null where one shell runs it all.</summary>
    public static IReadOnlyList<CommandPart>? Of(string command)
    {
        if (ShellScript.TakeApart(command) is not { } pipelines)
        {
            return null;
        }

        var parts = pipelines.Select(static pipeline => new CommandPart(
            pipeline.Connector, pipeline.Text, pipeline.First, pipeline.First is { } first ? BuiltInTable.Recognise(first.Words) : Recognition.Ordinary, pipeline.Rest)).ToList();
        return parts.TrueForAll(static part => part.Recognition == Recognition.Ordinary) ? null : parts;
    }
}
