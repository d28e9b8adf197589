using System.Diagnostics;

namespace Sonde.Tests;

/// <summary>A root folder that holds the published binary and what a test puts there, nothing else. Needs root.</summary>
internal sealed class RootFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("sonde-root-").FullName;

    public RootFolder() => File.Copy(PublishedBinary.Path!, Path.Combine(_path, "sonde"));

    /// <summary>Variables that the binary sees there; no others.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Adds a file, with the folders above it.</summary>
    public RootFolder Put(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path + path)!);
        File.WriteAllText(_path + path, text);
        return this;
    }

    /// <summary>Adds <c>/tmp</c> and the devices that every container has; skips the test where they can't be made.</summary>
    public RootFolder PutDevices()
    {
        Directory.CreateDirectory(_path + "/tmp");
        Directory.CreateDirectory(_path + "/dev");
        MakeDevice("null", "3");
        MakeDevice("urandom", "9");
        return this;
    }

    /// <summary>Runs the binary there to its end.</summary>
    public Task<(int ExitCode, string Stdout, string Stderr)> RunAsync(params IEnumerable<string> arguments) => PublishedBinary.RunInRootAsync(_path, Environment, arguments);

    public void Dispose() => Directory.Delete(_path, recursive: true);

    private void MakeDevice(string name, string minor)
    {
        var path = $"{_path}/dev/{name}";
        using (var mknod = Process.Start(new ProcessStartInfo("mknod", ["-m", "666", path, "c", "1", minor]) { RedirectStandardError = true })!)
        {
            mknod.WaitForExit();
        }

        Assert.SkipUnless(CanRead(path), $"device files can't be made or opened under {_path} (no CAP_MKNOD, or a file system mounted nodev)");
    }

    private static bool CanRead(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
