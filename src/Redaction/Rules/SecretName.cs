using System.Text;

namespace Sonde.Redaction.Rules;

/// <summary>How sure a name is that its value is a secret.</summary>
internal enum NameClass
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Its value is one where it looks made at random: <c>token: …</c> stands in prose too.</summary>
    Weak,

    /// <summary>Any value that is no plain word of configuration.</summary>
    Strong,

    /// <summary>Strong, and written by a blank in configuration files: <c>requirepass hunter2</c>.</summary>
    StrongWithBlank,

    /// <summary>Its value is one where it is base64 of <c>user:password</c>.</summary>
    EncodedPair,
}

/// <summary>Reads names of settings: <c>DB_PASSWORD</c>, <c>clientSecret</c>, <c>spring.datasource.password</c>, <c>--api-key</c>.</summary>
internal static class SecretName
{
    private static readonly HashSet<string> Passwords =
        ["password", "passwd", "passphrase", "passcode", "passwort", "pwd", "pswd", "psk", "userpassword", "bindpw", "rootpw", "sshpass", "pgpassword"];

    private static readonly HashSet<string> WithBlank = ["requirepass", "masterauth", "rootpw", "bindpw", "sasl_passwd"];

    private static readonly string[] Endings =
        ["password", "passwd", "passphrase", "secret", "apikey", "secretkey", "privatekey", "accesskey", "authtoken", "accesstoken", "refreshtoken", "apitoken"];

    // A key of one of these kinds opens something; a sort key, a cache key or a foreign key doesn't.
    private static readonly HashSet<string> KeysOf =
        ["api", "app", "application", "access", "secret", "private", "encryption", "signing", "master", "account", "auth", "license", "deploy", "service", "storage",
            "shared", "consumer", "preshared", "session", "cipher", "hmac", "subscription", "integration", "admin", "root"];

    private static readonly HashSet<string> NoTokensOf =
        ["next", "page", "continue", "continuation", "max", "min", "total", "prompt", "completion", "num", "eos", "bos", "pad", "unk", "stop", "per", "unexpected", "skip", "last", "sync", "change"];

    /// <summary>The class of a whole name, dashes in front of an option included.</summary>
    public static NameClass Classify(ReadOnlySpan<char> name)
    {
        var isOption = name.StartsWith("-");
        var words = Words(name);
        if (words.Count == 0)
        {
            return NameClass.None;
        }

        var last = words[^1];
        var before = words.Count > 1 ? words[^2] : "";
        var isMarked = words.Count > 1 || isOption || IsCapitals(name);
        if (WithBlank.Contains(last))
        {
            return NameClass.StrongWithBlank;
        }

        return last switch
        {
            // The shell's own directory.
            "pwd" when name is "PWD" or "OLDPWD" => NameClass.None,
            "auth" => NameClass.EncodedPair,
            "pass" or "pw" => isMarked ? NameClass.Strong : NameClass.Weak,
            "secret" or "token" or "credential" or "credentials" or "otp" => NoTokensOf.Contains(before) ? NameClass.None : isMarked ? NameClass.Strong : NameClass.Weak,
            "jwt" or "bearer" or "sid" or "sessid" or "sessionid" or "phpsessid" or "jsessionid" or "sig" or "cookie" or "webhook" => NameClass.Weak,
            "id" or "key" or "cookie" when before is "session" => NameClass.Weak,
            "key" => KeysOf.Contains(before) ? NameClass.Strong : NameClass.None,
            "signature" => before is "amz" or "goog" or "access" ? NameClass.Strong : NameClass.Weak,
            "data" or "base" when before is "key" => NameClass.Strong,
            "hash" or "digest" when Passwords.Contains(before) => NameClass.Strong,
            _ when Passwords.Contains(last) || Endings.Any(last.EndsWith) => NameClass.Strong,
            _ => NameClass.None,
        };
    }

    private static bool IsCapitals(ReadOnlySpan<char> name) => name.Length > 2 && !name.ContainsAnyInRange('a', 'z');

    // In lower case; separators, digits and a change from small to capital letters part them.
    private static List<string> Words(ReadOnlySpan<char> name)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        for (var i = 0; i < name.Length; i++)
        {
            var isLetter = char.IsAsciiLetter(name[i]);
            var isHump = isLetter && char.IsAsciiLetterUpper(name[i]) && i > 0 && char.IsAsciiLetterLower(name[i - 1]);
            if ((!isLetter || isHump) && word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }

            if (isLetter)
            {
                word.Append(char.ToLowerInvariant(name[i]));
            }
        }

        if (word.Length > 0)
        {
            words.Add(word.ToString());
        }

        return words;
    }
}
