using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Kernel.Elf;

/// <summary>Fills a buffer from a position of a file; returns how many bytes there were.</summary>
internal delegate int ReadAt(long position, Span<byte> buffer);

/// <summary>A function that an address lies in.</summary>
/// <param name="Name">As the linker knows it: C++ and Rust names are mangled.</param>
/// <param name="Offset">From its beginning.</param>
internal readonly record struct ElfFunction(string Name, ulong Offset);

/// <summary>
/// The little of a 64-bit little-endian ELF file that names addresses: segments, build id, function symbols. The file may be anyone's, so
/// every count is bounded, every offset is taken as untrue until read, and nothing is kept in memory but what was asked for.
/// </summary>
/// <remarks>Layout: the System V ABI, chapters 4 and 5, and its AMD64 supplement.</remarks>
internal sealed class ElfFile
{
    private const int HeaderSize = 64;
    private const int SegmentSize = 56;
    private const int SectionSize = 64;
    private const int MostSegments = 256;
    private const int MostSections = 16 * 1024;
    private const int MostNoteBytes = 64 * 1024;
    private const uint PT_LOAD = 1;
    private const uint PT_NOTE = 4;
    private const uint NT_GNU_BUILD_ID = 3;
    private const int LongestBuildId = 20;

    private readonly ReadAt _read;
    private readonly Segment[] _loads;
    private readonly Header _header;

    private ElfFile(ReadAt read, in Header header, Segment[] segments)
    {
        _read = read;
        _header = header;
        _loads = Array.FindAll(segments, static segment => segment.Type == PT_LOAD);
        BuildId = FindBuildId(segments);
    }

    /// <summary>Hexadecimal, padded to twenty bytes as the kernel pads it; null for a file without one.</summary>
    public string? BuildId { get; }

    /// <summary>Reads the headers; null for what is no ELF file of this kind.</summary>
    public static ElfFile? TryRead(SafeFileHandle file) => TryRead((position, buffer) => Fill(file, position, buffer));

    /// <inheritdoc cref="TryRead(SafeFileHandle)"/>
    public static ElfFile? TryRead(ReadAt read)
    {
        Span<byte> bytes = stackalloc byte[HeaderSize];
        if (read(0, bytes) < HeaderSize || !bytes.StartsWith("\u007fELF\u0002\u0001"u8))
        {
            return null;
        }

        var header = MemoryMarshal.Read<Header>(bytes);
        if (header.SegmentEntrySize != SegmentSize || header.SegmentCount > MostSegments)
        {
            return null;
        }

        var segments = new Segment[header.SegmentCount];
        var wanted = MemoryMarshal.AsBytes(segments.AsSpan());
        return IsPosition(header.SegmentOffset) && read((long)header.SegmentOffset, wanted) == wanted.Length ? new ElfFile(read, header, segments) : null;
    }

    /// <summary>Where a byte of the file is loaded, in the file's own addresses; null when it isn't.</summary>
    public ulong? AddressOf(ulong offset)
    {
        foreach (ref readonly var load in _loads.AsSpan())
        {
            if (offset >= load.Offset && offset - load.Offset < load.FileSize)
            {
                return unchecked(offset - load.Offset + load.Address);
            }
        }

        return null;
    }

    /// <summary>Names the functions that addresses lie in, by one pass over the symbols. What has no symbol is left out.</summary>
    public IReadOnlyDictionary<ulong, ElfFunction> FindFunctions(IEnumerable<ulong> addresses)
    {
        var search = new ElfSymbolSearch(_read, addresses);
        foreach (var (symbols, names) in SymbolTables())
        {
            search.Scan(symbols, names);
        }

        return search.Found();
    }

    /// <summary>The build id as the kernel hands it to a BPF program.</summary>
    public static string SpellBuildId(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    // .symtab first: it has all that .dynsym has, where it wasn't stripped.
    private IEnumerable<(Section Symbols, Section Names)> SymbolTables()
    {
        if (_header.SectionEntrySize != SectionSize || _header.SectionCount > MostSections || !IsPosition(_header.SectionOffset))
        {
            return [];
        }

        var sections = new Section[_header.SectionCount];
        var wanted = MemoryMarshal.AsBytes(sections.AsSpan());
        var got = _read((long)_header.SectionOffset, wanted) / SectionSize;
        return from type in (uint[])[Section.SymbolTable, Section.DynamicSymbols]
               from section in sections.Take(got)
               where section.Type == type && section.Link < got
               select (section, sections[section.Link]);
    }

    private string? FindBuildId(Segment[] segments)
    {
        foreach (var note in segments.Where(static segment => segment.Type == PT_NOTE && segment.FileSize <= MostNoteBytes && IsPosition(segment.Offset)))
        {
            var bytes = new byte[note.FileSize];
            ReadOnlySpan<byte> rest = bytes.AsSpan(0, _read((long)note.Offset, bytes));
            while (rest.Length >= 12)
            {
                var name = MemoryMarshal.Read<uint>(rest);
                var content = MemoryMarshal.Read<uint>(rest[4..]);
                var type = MemoryMarshal.Read<uint>(rest[8..]);
                var begin = 12 + Aligned(name);
                var end = begin + Aligned(content);
                if (end > (ulong)rest.Length)
                {
                    break;
                }

                if (type == NT_GNU_BUILD_ID && name == 4 && rest[12..].StartsWith("GNU\0"u8) && content is > 0 and <= LongestBuildId)
                {
                    var padded = new byte[LongestBuildId];
                    rest.Slice((int)begin, (int)content).CopyTo(padded);
                    return SpellBuildId(padded);
                }

                rest = rest[(int)end..];
            }
        }

        return null;
    }

    private static ulong Aligned(uint size) => (size + 3ul) & ~3ul;

    private static bool IsPosition(ulong offset) => offset <= long.MaxValue / 2;

    private static int Fill(SafeFileHandle file, long position, Span<byte> buffer)
    {
        var filled = 0;
        try
        {
            while (filled < buffer.Length && RandomAccess.Read(file, buffer[filled..], position + filled) is > 0 and var got)
            {
                filled += got;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // A medium's error: what could be read is all there is.
        }

        return filled;
    }

    /// <summary><c>Elf64_Ehdr</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = HeaderSize)]
    private readonly struct Header
    {
        [FieldOffset(32)] public readonly ulong SegmentOffset;
        [FieldOffset(40)] public readonly ulong SectionOffset;
        [FieldOffset(54)] public readonly ushort SegmentEntrySize;
        [FieldOffset(56)] public readonly ushort SegmentCount;
        [FieldOffset(58)] public readonly ushort SectionEntrySize;
        [FieldOffset(60)] public readonly ushort SectionCount;
    }

    /// <summary><c>Elf64_Phdr</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = SegmentSize)]
    private readonly struct Segment
    {
        [FieldOffset(0)] public readonly uint Type;
        [FieldOffset(8)] public readonly ulong Offset;
        [FieldOffset(16)] public readonly ulong Address;
        [FieldOffset(32)] public readonly ulong FileSize;
    }

    /// <summary><c>Elf64_Shdr</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = SectionSize)]
    internal readonly struct Section
    {
        public const uint SymbolTable = 2;
        public const uint DynamicSymbols = 11;

        [FieldOffset(4)] public readonly uint Type;
        [FieldOffset(24)] public readonly ulong Offset;
        [FieldOffset(32)] public readonly ulong Size;
        [FieldOffset(40)] public readonly uint Link;
    }
}
