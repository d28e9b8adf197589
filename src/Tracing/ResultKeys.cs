namespace Sonde.Tracing;

/// <summary>Keys of results: <c>&lt;name&gt;_&lt;unix seconds of the start&gt;</c>, with a suffix where two programs share a name.</summary>
internal sealed class ResultKeys
{
    private readonly HashSet<string> _used = [];
    private readonly long _seconds;

    public ResultKeys(DateTimeOffset start) => _seconds = start.ToUnixTimeSeconds();

    /// <summary>A key that no other program of the session has.</summary>
    public string For(string name)
    {
        var key = $"{name}_{_seconds}";
        for (var i = 2; !_used.Add(key); i++)
        {
            key = $"{name}_{_seconds}_{i}";
        }

        return key;
    }
}
