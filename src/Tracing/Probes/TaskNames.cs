using System.Globalization;
using System.Text;

namespace Sonde.Tracing.Probes;

/// <summary>Whose a record is, from <c>/proc</c>: for a call that is still in flight and whose record the kernel had no reason to name.</summary>
internal static class TaskNames
{
    /// <summary>Fills in the thread's name and its user; both stay empty where the thread is gone.</summary>
    public static void Fill(ref WireRecord header)
    {
        try
        {
            var comm = Encoding.UTF8.GetBytes(File.ReadAllText($"/proc/{header.Tid}/comm").TrimEnd('\n'));
            comm.AsSpan(0, Math.Min(comm.Length, Wire.Comm - 1)).CopyTo(header.Comm);
            var user = File.ReadLines($"/proc/{header.Tid}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
            header.Uid = uint.Parse(user, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // It ended meanwhile.
        }
    }
}
