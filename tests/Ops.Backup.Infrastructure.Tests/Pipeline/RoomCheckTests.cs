using Moq;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Pipeline;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Pipeline;

public sealed class RoomCheckTests : IDisposable
{
    private const long Mebi = 1 << 20;
    private const long Large = 1_000_000 * Mebi;

    private readonly TempFolder _folder = new("room");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1000 * Mebi, 1256 * Mebi, true)]
    [InlineData(1000 * Mebi, (1256 * Mebi) - 1, false)]
    [InlineData(0, 0, false)]
    public async Task A_dump_has_to_fit_beside_what_stays_free(long need, long free, bool fits) =>
        (await RoomCheck.RunAsync([Local(free, Large)], need, null, "", CancellationToken.None)).Count.ShouldBe(fits ? 0 : 1);

    [Fact]
    public async Task Of_a_small_disk_less_stays_free() =>
        (await RoomCheck.RunAsync([Local(4 * Mebi, 4 * Mebi)], Mebi, null, "", CancellationToken.None)).ShouldBeEmpty();

    [Fact]
    public async Task The_refusal_has_the_numbers_and_the_path()
    {
        var failure = (await RoomCheck.RunAsync([Local(5000, Large)], 123_456, null, "", CancellationToken.None)).ShouldHaveSingleItem().Failure.Failure;
        failure.Code.ShouldBe("NO_ROOM");
        failure.Message.ShouldContain("needs about 123456 bytes, 5000 are free in /data,");
    }

    [Fact]
    public async Task Stores_that_are_no_disk_or_can_not_tell_are_not_refused()
    {
        var remote = new OpenStore(Facts("s3", new S3Settings("abc", "r")), Files(new StoreSpace(0, 0)));
        var silent = new Mock<IArtifactStore>();
        silent.Setup(files => files.SpaceAsync(It.IsAny<CancellationToken>())).ThrowsAsync(new StoreException(StoreCodes.Failed, "no", isTransient: false));
        (await RoomCheck.RunAsync([remote, new OpenStore(Facts("x", new LocalSettings("/data")), silent.Object)], Large, null, "", CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dump_in_directory_format_needs_room_for_its_folder_and_twice_on_one_disk()
    {
        var staging = Files(new StoreSpace(1256 * Mebi, Large));
        (await RoomCheck.RunAsync([Local(1256 * Mebi, Large)], 1000 * Mebi, staging, "/staging", CancellationToken.None)).Count.ShouldBe(1);
        (await RoomCheck.RunAsync([Local(1256 * Mebi, Large + 1)], 1000 * Mebi, staging, "/staging", CancellationToken.None)).ShouldBeEmpty();
        var refusal = await Should.ThrowAsync<BackupFailedException>(() => RoomCheck.RunAsync([], 1001 * Mebi, staging, "/staging", CancellationToken.None));
        (refusal.Failure.Code, refusal.Message.Contains("/staging")).ShouldBe(("NO_ROOM", true));
    }

    [Fact]
    public async Task A_refused_store_is_left_behind_and_without_any_other_the_run_fails_before_a_byte()
    {
        using var log = new RunLog(_folder.File("run.log"), TimeProvider.System, secret: null);
        var (disk, other) = (Local(0, Large), new OpenStore(Facts("s3", new S3Settings("abc", "r")), Files(null)));
        var refused = await RoomCheck.RunAsync([disk, other], 1, null, "", CancellationToken.None);

        await using var both = new ArtifactWriter([disk, other], log, TimeProvider.System);
        both.Refuse(refused);
        await using var alone = new ArtifactWriter([disk], log, TimeProvider.System);
        Should.Throw<BackupFailedException>(() => alone.Refuse(refused)).Failure.Code.ShouldBe("NO_ROOM");
    }

    private static OpenStore Local(long free, long total) => new(Facts("disk", new LocalSettings("/data")), Files(new StoreSpace(free, total)));

    private static Store Facts(string name, StoreSettings settings) => Store.Create(new StoreFacts(name, settings, [], null, false), null, isConfigured: false, DateTimeOffset.UnixEpoch);

    private static IArtifactStore Files(StoreSpace? space)
    {
        var files = new Mock<IArtifactStore>();
        files.Setup(store => store.SpaceAsync(It.IsAny<CancellationToken>())).ReturnsAsync(space);
        files.Setup(store => store.UrlOf(It.IsAny<string>())).Returns((string name) => "/data/" + name);
        return files.Object;
    }
}
