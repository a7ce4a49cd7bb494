using Ops.Backup.Infrastructure.Files;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Files;

public sealed class RootedPathTests : IDisposable
{
    private readonly TempFolder _folder = new("rooted");

    private string Root => _folder.File("root");

    public RootedPathTests() => Directory.CreateDirectory(Root);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("orders.dump")]
    [InlineData("sub/orders.dump")]
    [InlineData("a..b")]
    [InlineData("订单.dump")]
    public void A_path_below_the_root_is_resolved(string path) => RootedPath.TryResolve(Root, path).ShouldBe(Path.Combine(Root, path));

    [Theory]
    [InlineData("../outside")]
    [InlineData("sub/../../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    public void A_path_that_leads_out_is_refused(string path) => RootedPath.TryResolve(Root, path).ShouldBeNull();

    [Fact]
    public void A_neighbour_whose_name_begins_like_the_root_is_outside() => RootedPath.TryResolve(Root, Root + "-other/file").ShouldBeNull();

    [Fact]
    public void A_link_below_the_root_is_refused_wherever_it_stands_in_the_path()
    {
        File.CreateSymbolicLink(Path.Combine(Root, "link"), "/etc/passwd");
        Directory.CreateSymbolicLink(Path.Combine(Root, "folder"), "/etc");
        RootedPath.TryResolve(Root, "link").ShouldBeNull();
        RootedPath.TryResolve(Root, "folder/passwd").ShouldBeNull();
    }
}
