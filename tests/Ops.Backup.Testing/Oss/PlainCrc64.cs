namespace Ops.Backup.Testing.Oss;

/// <summary>
/// CRC-64 (ECMA-182, reflected) once more, by other ways than the client's: one table, and matrices for joining. An error in
/// one does not hide in the other.
/// </summary>
public static class PlainCrc64
{
    private static readonly ulong[] Table = [.. Enumerable.Range(0, 256).Select(index =>
    {
        var value = (ulong)index;
        for (var bit = 0; bit < 8; bit++) value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ 0xC96C5795D7870F42;
        return value;
    })];

    public static ulong Append(ulong crc, ReadOnlySpan<byte> bytes)
    {
        crc ^= ulong.MaxValue;
        foreach (var single in bytes) crc = Table[(crc ^ single) & 0xFF] ^ (crc >> 8);
        return crc ^ ulong.MaxValue;
    }

    /// <summary>Pushes the first through as many zero bytes as the second has: each squaring of the matrix doubles their number.</summary>
    public static ulong Join(ulong first, ulong second, long secondLength)
    {
        var zeros = new ulong[64];
        for (var bit = 0; bit < 64; bit++)
        {
            var column = 1UL << bit;
            zeros[bit] = Table[column & 0xFF] ^ (column >> 8);
        }
        for (; secondLength > 0; secondLength >>= 1)
        {
            if ((secondLength & 1) == 1) first = Times(zeros, first);
            zeros = [.. zeros.Select(column => Times(zeros, column))];
        }
        return first ^ second;
    }

    private static ulong Times(ulong[] matrix, ulong vector)
    {
        var sum = 0UL;
        for (var bit = 0; vector != 0; bit++, vector >>= 1)
            if ((vector & 1) == 1) sum ^= matrix[bit];
        return sum;
    }
}
