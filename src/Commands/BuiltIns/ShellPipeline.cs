namespace Sonde.Commands.BuiltIns;

/// <summary>What stands before a part of a script.</summary>
internal enum ShellConnector
{
    /// <summary>Runs whatever came before.</summary>
    Always,

    /// <summary><c>&amp;&amp;</c>.</summary>
    AfterSuccess,

    /// <summary><c>||</c>.</summary>
    AfterFailure,
}

/// <summary>One pipeline of a script.</summary>
/// <param name="Connector">When it runs.</param>
/// <param name="Text">The whole pipeline, for a shell.</param>
/// <param name="First">Its first command word by word, where these words need no shell to be known; else null.</param>
/// <param name="Rest">What the first command's output is piped into, for a shell; null where it isn't.</param>
internal sealed record ShellPipeline(ShellConnector Connector, string Text, SimpleCommand? First, string? Rest);

/// <summary>A command whose words are known.</summary>
/// <param name="Words">Program and arguments, unquoted.</param>
/// <param name="OutputDropped">Whether its output goes to <c>/dev/null</c>.</param>
/// <param name="ErrorsDropped">Whether its errors go to <c>/dev/null</c>.</param>
/// <param name="ErrorsToOutput">Whether its errors join its output.</param>
internal sealed record SimpleCommand(IReadOnlyList<string> Words, bool OutputDropped, bool ErrorsDropped, bool ErrorsToOutput);
