using System.Text;
using Sonde.Redaction.Rules;

namespace Sonde.Redaction;

/// <summary>
/// The one gate between this host and whatever is sent, logged or saved: secrets become <c>&lt;secret:N&gt;</c>, the same secret the same number. One
/// instance serves one diagnosis; it may be used from any thread.
/// </summary>
internal sealed partial class Redactor
{
    // The shortest that holds a name, a separator and a value.
    private const int Shortest = 6;
    private const string Placeholder = "<secret:";
    private const int LongestPlaceholder = 16;

    private readonly SecretRegister _register = new();

    /// <summary>Distinct secrets by kind in the contract's spelling, so far.</summary>
    public IReadOnlyDictionary<string, long> Counts => _register.Counts.ToDictionary(static c => NameOf(c.Key), static c => c.Value);

    /// <summary>The text without its secrets; the text itself where it holds none.</summary>
    public string Redact(string text) => Redact(text, out _);

    /// <summary>As above.</summary>
    /// <param name="text">Whole: half a secret can't be told from other text.</param>
    /// <param name="replaced">Places where a secret stood.</param>
    public string Redact(string text, out int replaced)
    {
        var secrets = FindAll(text);
        replaced = secrets.Count;
        if (replaced == 0)
        {
            return text;
        }

        var redacted = new StringBuilder(text.Length);
        var at = 0;
        foreach (var secret in secrets)
        {
            redacted.Append(text.AsSpan(at, secret.Start - at)).Append(PlaceholderOf(text, secret));
            at = secret.End;
        }

        return redacted.Append(text.AsSpan(at)).ToString();
    }

    private string PlaceholderOf(string text, Finding secret) => _register.PlaceholderOf(text.AsSpan(secret.Start, secret.Length), secret.Kind);

    // In order, none overlapping another.
    private List<Finding> FindAll(string text)
    {
        List<Finding> found = [];
        if (text.Length < Shortest)
        {
            return found;
        }

        PrivateKeys.Find(text, found);
        PrefixedTokens.Find(text, found);
        Patterns.Find(text, found);
        Assignments.Find(text, found);
        CommandLines.Find(text, found);
        var merged = Merge(text, found);

        // Registered first: what one line of a text tells is found in all its other lines.
        merged.ForEach(secret => PlaceholderOf(text, secret));
        var told = found.Count;
        _register.FindKnown(text, found);
        return found.Count == told ? merged : Merge(text, found);
    }

    private static List<Finding> Merge(string text, List<Finding> found)
    {
        found.Sort(static (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.Length.CompareTo(a.Length));
        List<Finding> merged = [];
        foreach (var finding in found)
        {
            if (finding.Length == 0 || IsInPlaceholder(text, finding.Start))
            {
                continue;
            }

            if (merged.Count > 0 && merged[^1] is var last && finding.Start < last.End)
            {
                var end = Math.Max(last.End, finding.End);
                merged[^1] = new Finding(last.Start, end - last.Start, last.Kind < finding.Kind ? last.Kind : finding.Kind);
            }
            else
            {
                merged.Add(finding);
            }
        }

        return merged;
    }

    // Text that went through the gate before stays as it is.
    private static bool IsInPlaceholder(string text, int at)
    {
        var from = Math.Max(0, at - LongestPlaceholder);
        var begin = text.AsSpan(from, Math.Min(text.Length, at + Placeholder.Length) - from).LastIndexOf(Placeholder, StringComparison.Ordinal);
        return begin >= 0 && text.AsSpan(from + begin, at - from - begin).IndexOf('>') < 0;
    }

    private static string NameOf(SecretKind kind) => kind switch
    {
        SecretKind.PrivateKey => "private_key",
        SecretKind.PasswordHash => "password_hash",
        SecretKind.CloudKey => "cloud_key",
        SecretKind.ServiceToken => "service_token",
        SecretKind.Jwt => "jwt",
        SecretKind.Credentials => "credentials",
        SecretKind.Password => "password",
        SecretKind.NamedSecret => "named_secret",
        SecretKind.UrlPassword => "url_password",
        _ => "session",
    };
}
