using System.Globalization;
using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>What the agent asks of its own executable, started again: become this program, confined.</summary>
/// <param name="User">A user and group id that own nothing.</param>
/// <param name="Profile">What it may do.</param>
/// <param name="Arguments">The program's absolute path and its arguments.</param>
/// <param name="FailingStep">A step that is to fail, for tests; it can only make the start fail.</param>
internal sealed record SandboxRequest(uint User, SandboxProfile Profile, IReadOnlyList<string> Arguments, string? FailingStep = null)
{
    /// <summary>The verb; not for people.</summary>
    public const string Verb = "__sandbox-exec";

    /// <summary>
    /// Settings of the runtime for the re-exec alone, which takes them out again: a small heap starts quicker and fits into the command's address space;
    /// under the JIT no second mapping of code is made, which would not.
    /// </summary>
    public static readonly IReadOnlyList<KeyValuePair<string, string>> RuntimeSettings =
        [new("DOTNET_GCHeapHardLimit", "0x1000000"), new("DOTNET_EnableWriteXorExecute", "0"), new("DOTNET_TieredCompilation", "0")];

    /// <summary>The arguments of the re-exec behind the executable's own name.</summary>
    public IEnumerable<string> Encode() => [Verb, User.ToString(CultureInfo.InvariantCulture), Profile.Encode(), FailingStep ?? "", .. Arguments];

    /// <summary>The reverse of <see cref="Encode"/>.</summary>
    public static SandboxRequest Decode(string[] arguments) => new(
        uint.Parse(arguments[1], CultureInfo.InvariantCulture), SandboxProfile.Decode(arguments[2]), arguments[4..], arguments[3] is { Length: > 0 } step ? step : null);
}

/// <summary>One protection: what it is called, what it does, and what a host needs for it.</summary>
/// <param name="Name">Short; names it in tests and errors.</param>
/// <param name="Protection">What is missing when it fails.</param>
/// <param name="Run">0 or an errno.</param>
internal sealed record SandboxStep(string Name, string Protection, Func<int> Run)
{
    /// <summary>The step's failure in words.</summary>
    public string Failure(int errno) => $"{Protection} ({Name}: {Errors.Describe(errno)})";
}
