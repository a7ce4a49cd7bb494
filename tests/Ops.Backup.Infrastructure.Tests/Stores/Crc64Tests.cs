using System.Text;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Testing.Oss;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores;

public sealed class Crc64Tests
{
    [Fact]
    public void The_known_value_comes_out() => Crc64.Append(0, Encoding.ASCII.GetBytes("123456789")).ShouldBe(0x995DC9BBDF1939FAUL);

    [Fact]
    public void Nothing_has_the_sum_zero() => Crc64.Append(0, []).ShouldBe(0UL);

    [Fact]
    public void Every_length_agrees_with_the_plain_way()
    {
        var bytes = Bytes(new Random(1), 400);
        for (var length = 0; length <= bytes.Length; length++) Crc64.Append(0, bytes.AsSpan(0, length)).ShouldBe(PlainCrc64.Append(0, bytes.AsSpan(0, length)));
    }

    [Fact]
    public void Pieces_taken_one_after_the_other_give_the_sum_of_the_whole()
    {
        var random = new Random(2);
        for (var run = 0; run < 300; run++)
        {
            var bytes = Bytes(random, random.Next(0, 5000));
            Splits(random, bytes).Aggregate(0UL, (crc, piece) => Crc64.Append(crc, piece)).ShouldBe(PlainCrc64.Append(0, bytes));
        }
    }

    [Fact]
    public void Sums_of_pieces_combine_to_the_sum_of_the_whole()
    {
        var random = new Random(3);
        for (var run = 0; run < 300; run++)
        {
            var bytes = Bytes(random, random.Next(0, 5000));
            Splits(random, bytes).Aggregate(0UL, (crc, piece) => Crc64.Combine(crc, Crc64.Append(0, piece), piece.Length)).ShouldBe(Crc64.Append(0, bytes), $"run {run}");
        }
    }

    [Fact]
    public void Lengths_beyond_four_gigabytes_combine_as_the_matrices_say()
    {
        foreach (var length in (long[])[0, 1, uint.MaxValue, 5L << 30, 48_800L << 30, long.MaxValue])
            Crc64.Combine(0x123456789ABCDEF0, 0x0FEDCBA987654321, length).ShouldBe(PlainCrc64.Join(0x123456789ABCDEF0, 0x0FEDCBA987654321, length), $"length {length}");
    }

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static List<byte[]> Splits(Random random, byte[] bytes)
    {
        List<byte[]> pieces = [];
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(bytes.Length - at, random.Next(0, 700));
            pieces.Add(bytes[at..(at + length)]);
            at += length;
        }
        return pieces;
    }
}
