using System.Buffers.Binary;
using Sonde.Rings;

namespace Sonde.Tests.Rings;

/// <summary>The ring reader's twin: the same steps over an array, with indexes instead of pointers, and no second mapping.</summary>
internal sealed class PlainRing(byte[] data, ulong batch)
{
    public ulong Consumer { get; set; }

    public ulong Producer { get; set; }

    /// <summary>Positions stored while draining, in order: what the producer would have seen.</summary>
    public List<ulong> Stored { get; } = [];

    public List<byte[]> Drain()
    {
        var records = new List<byte[]>();
        var position = Consumer;
        var stored = position;
        while (position != Producer)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(Copy(position, 4));
            if ((word & RingReader.BusyBit) != 0)
            {
                break;
            }

            var length = (int)(word & ~RingReader.DiscardBit);
            if ((word & RingReader.DiscardBit) == 0)
            {
                records.Add(Copy(position + RingReader.HeaderSize, length));
            }

            position += ((ulong)length + RingReader.HeaderSize + 7) / 8 * 8;
            if (position - stored >= batch)
            {
                Stored.Add(stored = position);
            }
        }

        Consumer = position;
        return records;
    }

    private byte[] Copy(ulong position, int length)
    {
        var copy = new byte[length];
        for (var i = 0; i < length; i++)
        {
            copy[i] = data[(position + (ulong)i) % (ulong)data.Length];
        }

        return copy;
    }
}
