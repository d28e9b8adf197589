using System.Globalization;

namespace Sonde.Diagnosis;

/// <summary>Names a diagnosis: sortable by time, unique enough for one host, fit for a file name.</summary>
internal static class SessionId
{
    /// <summary>For example <c>2026-11-23T06-00-00Z-3f2a</c>.</summary>
    public static string Create(TimeProvider time) =>
        time.GetUtcNow().ToString("yyyy-MM-dd'T'HH-mm-ss'Z'", CultureInfo.InvariantCulture)
        // Not cryptography's random: an id must be had where /dev/urandom is missing.
        + "-" + (Random.Shared.Next() & 0xffff).ToString("x4", CultureInfo.InvariantCulture);
}
