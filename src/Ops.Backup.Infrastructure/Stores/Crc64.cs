using System.Buffers.Binary;

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
        ReadOnlySpan<ulong> t = Tables.AsSpan(0, Slices * TableLength);
        crc = ~crc;
        for (; bytes.Length >= Slices; bytes = bytes[Slices..])
        {
            var a = crc ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            var b = BinaryPrimitives.ReadUInt64LittleEndian(bytes[sizeof(ulong)..]);
            crc = t[(15 * TableLength) + (int)(a & 0xFF)] ^ t[(14 * TableLength) + (int)((a >> 8) & 0xFF)]
                ^ t[(13 * TableLength) + (int)((a >> 16) & 0xFF)] ^ t[(12 * TableLength) + (int)((a >> 24) & 0xFF)]
                ^ t[(11 * TableLength) + (int)((a >> 32) & 0xFF)] ^ t[(10 * TableLength) + (int)((a >> 40) & 0xFF)]
                ^ t[(9 * TableLength) + (int)((a >> 48) & 0xFF)] ^ t[(8 * TableLength) + (int)(a >> 56)]
                ^ t[(7 * TableLength) + (int)(b & 0xFF)] ^ t[(6 * TableLength) + (int)((b >> 8) & 0xFF)]
                ^ t[(5 * TableLength) + (int)((b >> 16) & 0xFF)] ^ t[(4 * TableLength) + (int)((b >> 24) & 0xFF)]
                ^ t[(3 * TableLength) + (int)((b >> 32) & 0xFF)] ^ t[(2 * TableLength) + (int)((b >> 40) & 0xFF)]
                ^ t[TableLength + (int)((b >> 48) & 0xFF)] ^ t[(int)(b >> 56)];
        }
        foreach (var single in bytes) crc = (crc >> 8) ^ t[(byte)crc ^ single];
        return ~crc;
    }

    /// <summary>The CRC of two pieces one after the other, from the CRC of each.</summary>
    /// <param name="secondLength">In bytes.</param>
    public static ulong Combine(ulong first, ulong second, long secondLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(secondLength);
        return Multiply(XToThe8Times(secondLength), first) ^ second;
    }

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
