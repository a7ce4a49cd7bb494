using Ops.Backup.Infrastructure.Stores.Objects;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Objects;

public sealed class PartSizesTests
{
    private const long GiB = 1024L * 1024 * 1024;

    [Theory]
    [InlineData(10_000, 5 * 1024)]
    [InlineData(5_000, 5 * 1024)]
    [InlineData(1_000, 4.2 * 1024)]
    public void A_length_that_nobody_knows_never_needs_more_parts_than_the_store_allows(int maxParts, double gibibytes)
    {
        var limits = new ObjectLimits(maxParts, 5 * 1024 * 1024, 5 * GiB);
        var sizes = new PartSizes(limits);
        var sent = 0L;
        var parts = 0;
        for (; sent < gibibytes * GiB; parts++)
        {
            var size = sizes.Next(sent);
            size.ShouldBeInRange(limits.MinPartBytes, limits.MaxPartBytes);
            sent += size;
        }
        parts.ShouldBeLessThanOrEqualTo(maxParts);
    }

    [Fact]
    public void A_usual_store_gets_small_parts_for_a_usual_artifact()
    {
        var sizes = new PartSizes(new ObjectLimits(10_000, 5 * 1024 * 1024, 5 * GiB));
        sizes.Next(0).ShouldBe(PartSizes.FirstBytes);
        sizes.Next(4 * GiB).ShouldBe(PartSizes.FirstBytes);
        sizes.Next(100 * GiB).ShouldBeLessThan(256 * 1024 * 1024);
    }
}
