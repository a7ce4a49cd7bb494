using System.Buffers.Binary;
using System.Numerics;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>CRC-32C (Castagnoli) by the processor's own instruction.</summary>
internal static class Crc32C
{
    /// <param name="crc">0 at the start, then what the last call returned.</param>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var single in bytes) crc = BitOperations.Crc32C(crc, single);
        return ~crc;
    }
}
