namespace Sonde.Tracing;

/// <summary>Keys of results: <c>&lt;name&gt;_&lt;unix seconds of the start&gt;</c>, with a suffix where two programs share a name.</summary>
internal sealed class ResultKeys
{
    private readonly HashSet<string> used = [];
    private readonly long seconds;

    public ResultKeys(DateTimeOffset start) => seconds = start.ToUnixTimeSeconds();

    /// <summary>A key that no other program of the session has.</summary>
    public string For(string name)
    {
        var key = $"{name}_{seconds}";
        for (var i = 2; !used.Add(key); i++)
        {
            key = $"{name}_{seconds}_{i}";
        }

        return key;
    }
}
