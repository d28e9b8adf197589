using System.Diagnostics;
using System.Globalization;
using Sonde.Interop;
using Sonde.Kernel.Elf;

namespace Sonde.Tests.Kernel;

/// <summary>A freshly compiled library, as binutils reads it and as it is after every kind of damage.</summary>
public sealed class ElfFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sonde-elf-");
    private readonly string _library;

    public ElfFileTests()
    {
        var source = Path.Combine(_folder.FullName, "lib.c");
        File.WriteAllText(source, """
            static __attribute__((noinline)) int hidden(int x) { return x * x + 1; }
            int shown(int x) { return hidden(x) + 2; }
            """);
        _library = Path.Combine(_folder.FullName, "lib.so");
        Run("gcc", "-O1", "-shared", "-fPIC", "-Wl,--build-id", "-o", _library, source);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Functions_are_found_by_an_address_within_them()
    {
        using var file = RegularFile.TryOpen(_library, out _)!;
        var elf = ElfFile.TryRead(file)!;
        var (shown, hidden) = (AddressOf("shown"), AddressOf("hidden"));

        var found = elf.FindFunctions([shown, shown + 3, hidden + 1, 0, ulong.MaxValue]);

        Assert.Equal(new ElfFunction("shown", 0), found[shown]);
        Assert.Equal(new ElfFunction("shown", 3), found[shown + 3]);
        Assert.Equal(new ElfFunction("hidden", 1), found[hidden + 1]);
        Assert.Equal(3, found.Count);
    }

    [Fact]
    public void A_stripped_library_still_names_what_it_exports()
    {
        var (shown, hidden) = (AddressOf("shown"), AddressOf("hidden"));
        Run("strip", _library);
        using var file = RegularFile.TryOpen(_library, out _)!;

        var found = ElfFile.TryRead(file)!.FindFunctions([shown, hidden]);

        Assert.Equal([shown], found.Keys);
    }

    [Fact]
    public void The_build_id_is_the_one_that_the_linker_wrote()
    {
        var notes = Run("readelf", "-n", _library);
        using var file = RegularFile.TryOpen(_library, out _)!;

        Assert.Contains($"Build ID: {ElfFile.TryRead(file)!.BuildId}", notes, StringComparison.Ordinal);
    }

    [Fact]
    public void Offsets_in_the_file_become_its_addresses_by_the_segments()
    {
        using var file = RegularFile.TryOpen(_library, out _)!;
        var elf = ElfFile.TryRead(file)!;
        var code = Run("readelf", "-lW", _library).Split('\n').Single(static line => line.Contains("LOAD", StringComparison.Ordinal) && line.Contains("R E", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var (offset, address) = (Hex(code[1]), Hex(code[2]));

        Assert.Equal(address + 5, elf.AddressOf(offset + 5));
        Assert.Null(elf.AddressOf(ulong.MaxValue));
    }

    [Fact]
    public void No_damage_to_a_file_throws_or_invents_addresses()
    {
        var whole = File.ReadAllBytes(_library);
        var random = new Random(20261124);
        var read = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = whole.ToArray();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                // Half of the damage in the headers, which steer everything else.
                var at = random.Next(2) == 0 ? random.Next(Math.Min(bytes.Length, 0x300)) : random.Next(bytes.Length);
                bytes[at] = random.Next(3) switch { 0 => 0xff, 1 => 0, _ => (byte)random.Next(256) };
            }

            Array.Resize(ref bytes, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length);
            if (ElfFile.TryRead(From(bytes)) is { } elf)
            {
                read++;
                Assert.All(elf.FindFunctions([0x1000, 0x1100, 0x1109, 1ul << 40]), static one => Assert.NotEmpty(one.Value.Name));
                _ = elf.AddressOf(0x1100);
            }
        }

        Assert.InRange(read, 1000, 20_000);
    }

    [Fact]
    public void What_is_no_regular_file_is_refused_without_waiting()
    {
        var pipe = Path.Combine(_folder.FullName, "pipe");
        Run("mkfifo", pipe);

        Assert.Null(RegularFile.TryOpen(pipe, out _));
        Assert.Null(RegularFile.TryOpen("/dev/zero", out _));
        Assert.Null(RegularFile.TryOpen(_folder.FullName, out _));
    }

    [Fact]
    public void Other_formats_are_no_elf_files()
    {
        Assert.Null(ElfFile.TryRead(From([])));
        Assert.Null(ElfFile.TryRead(From("#!/bin/sh\n"u8.ToArray())));
        Assert.Null(ElfFile.TryRead(From([.. "\u007fELF\u0001\u0001"u8, .. new byte[200]])));
    }

    private static ReadAt From(byte[] bytes) => (position, buffer) =>
    {
        if (position < 0 || position >= bytes.Length)
        {
            return 0;
        }

        var part = bytes.AsSpan((int)position);
        part = part[..Math.Min(part.Length, buffer.Length)];
        part.CopyTo(buffer);
        return part.Length;
    };

    private ulong AddressOf(string symbol) =>
        Hex(Run("nm", _library).Split('\n').Single(line => line.EndsWith(" " + symbol, StringComparison.Ordinal)).Split(' ')[0]);

    private static ulong Hex(string text) => ulong.Parse(text.Replace("0x", "", StringComparison.Ordinal), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
