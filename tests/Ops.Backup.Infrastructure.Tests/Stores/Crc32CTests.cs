using System.Text;
using Ops.Backup.Infrastructure.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores;

public sealed class Crc32CTests
{
    [Fact]
    public void The_known_value_comes_out() => Crc32C.Append(0, Encoding.ASCII.GetBytes("123456789")).ShouldBe(0xE3069283);

    [Fact]
    public void It_is_the_same_in_whatever_pieces_the_bytes_come()
    {
        var bytes = new byte[1000];
        new Random(3).NextBytes(bytes);
        var whole = Crc32C.Append(0, bytes);
        for (var cut = 0; cut <= bytes.Length; cut += 37) Crc32C.Append(Crc32C.Append(0, bytes.AsSpan(0, cut)), bytes.AsSpan(cut)).ShouldBe(whole);
    }
}
