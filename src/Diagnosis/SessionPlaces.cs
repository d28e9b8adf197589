namespace Sonde.Diagnosis;

/// <summary>Where sessions are kept when nobody says where.</summary>
internal static class SessionPlaces
{
    private const string SystemFolder = "/var/lib/sonde/sessions";

    /// <summary>Folders for this session, best first: the system's for root, then the user's own state directory.</summary>
    public static IReadOnlyList<string> For(string session) => For(session, Environment.IsPrivilegedProcess, Environment.GetEnvironmentVariable);

    /// <summary>As above, for any user and environment.</summary>
    public static IReadOnlyList<string> For(string session, bool isRoot, Func<string, string?> environment)
    {
        List<string> places = [];
        if (isRoot)
        {
            places.Add(Path.Combine(SystemFolder, session));
        }

        // The base directory specification: a relative path is invalid and ignored.
        if (environment("XDG_STATE_HOME") is { Length: > 0 } state && Path.IsPathFullyQualified(state))
        {
            places.Add(Path.Combine(state, "sonde", "sessions", session));
        }
        else if (environment("HOME") is { Length: > 0 } home && Path.IsPathFullyQualified(home))
        {
            places.Add(Path.Combine(home, ".local", "state", "sonde", "sessions", session));
        }

        return places;
    }
}
