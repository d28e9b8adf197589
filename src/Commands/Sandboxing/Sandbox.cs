using System.Globalization;
using Sonde.Protocol;

namespace Sonde.Commands.Sandboxing;

/// <summary>
/// Confines commands: gives each a user of its own while it runs, and ends whatever that user still has running afterwards. One for an agent.
/// </summary>
internal sealed class Sandbox : IDisposable
{
    /// <summary>This executable, whatever has become of its file.</summary>
    private const string Self = "/proc/self/exe";

    /// <summary>Commands at one time, and those whose last process the kernel can't end yet.</summary>
    private const int Slots = 32;

    // Far above what hosts and containers give to people, services and subordinate ids, below what systemd keeps for itself (0x7ffe0000), positive as a
    // signed number. Each agent of a pid namespace has a range of its own.
    private const uint FirstUser = CommandUsers.First;
    private const uint UsersPerAgent = 2 * Slots;

    private readonly string _executable;
    private readonly string? _failingStep;
    private readonly uint _firstUser;
    private readonly SandboxGuard _guard;
    private readonly Lock _gate = new();
    private readonly bool[] _taken = new bool[Slots];

    // Processes that have ended count against the next command's bound until somebody has waited for them.
    private readonly bool[] _hasDead = new bool[Slots];

    /// <param name="executable">A <c>sonde</c>; this process's own when null.</param>
    /// <param name="failingStep">See <see cref="SandboxRequest"/>.</param>
    public Sandbox(string? executable = null, string? failingStep = null)
    {
        _executable = executable ?? Self;
        _failingStep = failingStep;
        _firstUser = FirstUser + ((uint)Environment.ProcessId * UsersPerAgent);
        _guard = new SandboxGuard(_executable, _firstUser, Slots);
    }

    /// <summary>A place for one command; null with the reason where there is none.</summary>
    public SandboxSlot? TryEnter(out string? reason)
    {
        SandboxMounts.PrepareScratchFolder();
        if (_guard.Start() is { } fault)
        {
            reason = $"its guard could not be started: {fault}";
            return null;
        }

        lock (_gate)
        {
            var free = Enumerable.Range(0, Slots).Where(slot => !_taken[slot]).OrderBy(HasDead).FirstOrDefault(-1);
            if (free < 0)
            {
                reason = string.Create(CultureInfo.InvariantCulture, $"{Slots} commands hold a place, among them some that the kernel can't end yet");
                return null;
            }

            _taken[free] = true;
            reason = null;
            return new SandboxSlot(this, free, UserOf(free));
        }
    }

    /// <summary>Once no command runs.</summary>
    public void Dispose() => _guard.Dispose();

    internal IReadOnlyList<string> Wrap(uint user, SandboxProfile profile, IReadOnlyList<string> arguments) =>
        [_executable, .. new SandboxRequest(user, profile, arguments, _failingStep).Encode()];

    internal bool Sweep(int slot) => _guard.Sweep(slot) || (_guard.Start() is null && _guard.Sweep(slot));

    internal void Leave(int slot, bool hasDead)
    {
        lock (_gate)
        {
            (_taken[slot], _hasDead[slot]) = (false, hasDead);
        }
    }

    private uint UserOf(int slot) => _firstUser + (2 * (uint)slot);

    private bool HasDead(int slot) => _hasDead[slot] = _hasDead[slot] && UserProcesses.Of(UserOf(slot)).Any();
}

/// <summary>One command's user, its alone until disposed.</summary>
internal sealed class SandboxSlot : IDisposable
{
    private readonly Sandbox _sandbox;
    private readonly int _number;
    private readonly uint _user;

    internal SandboxSlot(Sandbox sandbox, int number, uint user)
    {
        _sandbox = sandbox;
        _number = number;
        _user = user;
    }

    /// <summary>The arguments with which this executable becomes the program, confined.</summary>
    public IReadOnlyList<string> Wrap(SandboxProfile profile, IReadOnlyList<string> arguments) => _sandbox.Wrap(_user, profile, arguments);

    /// <summary>Ends everything that the command left, wherever it went.</summary>
    public void Sweep() => _sandbox.Sweep(_number);

    /// <summary>Bytes that the command's processes hold in memory together.</summary>
    public long ResidentBytes() => UserProcesses.ResidentBytes(_user);

    /// <summary>Ends what is left, and gives the user back where nothing lives: another command must never share it.</summary>
    public void Dispose()
    {
        if (_sandbox.Sweep(_number))
        {
            _sandbox.Leave(_number, hasDead: UserProcesses.Of(_user).Any());
        }
    }
}
