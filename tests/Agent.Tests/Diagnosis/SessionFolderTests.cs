using Sonde.Diagnosis;

namespace Sonde.Tests.Diagnosis;

public sealed class SessionFolderTests : IDisposable
{
    private readonly string _base = Directory.CreateTempSubdirectory("sonde-session-").FullName;
    private readonly List<string> _warnings = [];

    public void Dispose() => Directory.Delete(_base, recursive: true);

    [Fact]
    public void A_second_session_in_a_named_folder_gets_one_of_its_own_inside()
    {
        using (SessionFolder.Open("one", _base, _warnings.Add))
        {
        }

        using var second = SessionFolder.Open("two", _base, _warnings.Add);

        Assert.Equal(Path.Combine(_base, "two"), second.Path);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_one_warning_and_writing_goes_nowhere()
    {
        File.WriteAllText(Path.Combine(_base, "file"), "");

        using var folder = SessionFolder.Open("one", Path.Combine(_base, "file", "below"), _warnings.Add);
        folder.Append(SessionFolder.TranscriptName, "line");

        Assert.Null(folder.Path);
        Assert.False(folder.Write("report.json", "{}"));
        Assert.Contains("--report", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_one_warning_and_leaves_no_half_file()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this machine has no /dev/full");
        using var folder = SessionFolder.Open("one", Path.Combine(_base, "session"), _warnings.Add);
        File.CreateSymbolicLink(Path.Combine(_base, "session", "rounds"), "/dev/full");

        Assert.False(folder.Write("rounds/1/plan.json", "{}"));
        Assert.False(folder.Write("rounds/1/results.json", "{}"));
        Assert.True(folder.Write("report.json", "{}"));

        Assert.Contains("rounds/1/plan.json", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.Equal(["report.json", "rounds", "transcript.jsonl"], Directory.GetFileSystemEntries(folder.Path!).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_link_laid_in_wait_is_not_followed()
    {
        var target = Path.Combine(_base, "precious");
        File.WriteAllText(target, "precious");
        Directory.CreateDirectory(Path.Combine(_base, "session"));
        File.CreateSymbolicLink(Path.Combine(_base, "session", "report.json"), target);

        using var folder = SessionFolder.Open("one", Path.Combine(_base, "session"), _warnings.Add);
        folder.Write("report.json", "{}");

        Assert.Equal("precious", File.ReadAllText(target));
    }

    [Fact]
    public void Root_keeps_sessions_in_the_systems_state_directory_others_in_their_own()
    {
        Assert.Equal("/var/lib/sonde/sessions/s", SessionPlaces.For("s", isRoot: true, static _ => null)[0]);
        Assert.Equal(["/state/sonde/sessions/s"], SessionPlaces.For("s", isRoot: false, static name => name switch { "XDG_STATE_HOME" => "/state", "HOME" => "/home/me", _ => null }));
        Assert.Equal(["/home/me/.local/state/sonde/sessions/s"], SessionPlaces.For("s", isRoot: false, static name => name switch { "XDG_STATE_HOME" => "relative", "HOME" => "/home/me", _ => null }));
    }

    [Fact]
    public void A_session_is_named_by_its_time() => Assert.Matches("^2026-11-23T06-00-00Z-[0-9a-f]{4}$", SessionId.Create(new TestClock()));
}
