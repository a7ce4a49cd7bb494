using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>CRC-64 as OSS reckons it (ECMA-182, reflected, inverted at both ends). Sixteen bytes are taken at a time, a table for each.</summary>
internal static class Crc64
{
    private const ulong Polynomial = 0xC96C5795D7870F42;
    private const int Slices = 16;
    private const int TableLength = 256;

    // Reflected: the highest bit is x^0.
    private const ulong One = 1UL << 63;

    private static readonly ulong[] Tables = MakeTables();

    /// <param name="crc">0 at the start, then what the last call returned.</param>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> bytes)
    {
        // Every index is a byte plus the offset of one of the sixteen tables, so it needs no check.
        ref var t = ref MemoryMarshal.GetArrayDataReference(Tables);
        crc = ~crc;
        for (; bytes.Length >= Slices; bytes = bytes[Slices..])
        {
            var a = crc ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            var b = BinaryPrimitives.ReadUInt64LittleEndian(bytes[sizeof(ulong)..]);
            crc = At(ref t, 15, (byte)a) ^ At(ref t, 14, (byte)(a >> 8)) ^ At(ref t, 13, (byte)(a >> 16)) ^ At(ref t, 12, (byte)(a >> 24))
                ^ At(ref t, 11, (byte)(a >> 32)) ^ At(ref t, 10, (byte)(a >> 40)) ^ At(ref t, 9, (byte)(a >> 48)) ^ At(ref t, 8, (byte)(a >> 56))
                ^ At(ref t, 7, (byte)b) ^ At(ref t, 6, (byte)(b >> 8)) ^ At(ref t, 5, (byte)(b >> 16)) ^ At(ref t, 4, (byte)(b >> 24))
                ^ At(ref t, 3, (byte)(b >> 32)) ^ At(ref t, 2, (byte)(b >> 40)) ^ At(ref t, 1, (byte)(b >> 48)) ^ At(ref t, 0, (byte)(b >> 56));
        }
        foreach (var single in bytes) crc = (crc >> 8) ^ At(ref t, 0, (byte)((byte)crc ^ single));
        return ~crc;
    }

    /// <summary>The CRC of two pieces one after the other, from the CRC of each.</summary>
    /// <param name="secondLength">In bytes.</param>
    public static ulong Combine(ulong first, ulong second, long secondLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(secondLength);
        return Multiply(XToThe8Times(secondLength), first) ^ second;
    }

    private static ulong At(ref ulong tables, int slice, byte index) => Unsafe.Add(ref tables, (slice * TableLength) + index);

    private static ulong XToThe8Times(long count)
    {
        var power = One;
        for (var square = One >> 8; count > 0; count >>= 1, square = Multiply(square, square))
            if ((count & 1) != 0) power = Multiply(power, square);
        return power;
    }

    private static ulong Multiply(ulong a, ulong b)
    {
        var product = 0UL;
        for (; a != 0; a <<= 1, b = TimesX(b))
            if ((a & One) != 0) product ^= b;
        return product;
    }

    private static ulong TimesX(ulong value) => (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;

    private static ulong[] MakeTables()
    {
        var tables = new ulong[Slices * TableLength];
        for (var i = 0; i < TableLength; i++)
        {
            var value = (ulong)i;
            for (var bit = 0; bit < 8; bit++) value = TimesX(value);
            tables[i] = value;
        }
        for (var i = TableLength; i < tables.Length; i++) tables[i] = (tables[i - TableLength] >> 8) ^ tables[(byte)tables[i - TableLength]];
        return tables;
    }
}
