using System.Globalization;
using Ops.Backup.Infrastructure.Embedded;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Embedded;

public sealed class DataFolderLockTests : IDisposable
{
    private readonly TempFolder _folder = new("lock");

    [Fact]
    public async Task A_second_service_on_the_folder_is_refused_and_told_which_process_holds_it()
    {
        using var holder = await Helper.StartAsync("lock", _folder.Path);
        var refusal = Should.Throw<EmbeddedPostgresException>(() => DataFolderLock.Acquire(_folder.Path));
        refusal.Message.ShouldBe($"The data folder {_folder.Path} is in use by another service (process {holder.Reported.ToString(CultureInfo.InvariantCulture)}). "
            + "Stop that one, or choose another data folder.");
    }

    [Fact]
    public async Task A_killed_service_leaves_no_lock_behind()
    {
        using var holder = await Helper.StartAsync("lock", _folder.Path);
        await holder.KillAsync();
        using var mine = DataFolderLock.Acquire(_folder.Path);
        (await Linux.RunAsync("/usr/bin/cat", _folder.File("service.lock"))).ShouldBe($"{Environment.ProcessId}");
    }

    [Fact]
    public void A_missing_folder_is_made_and_a_released_one_can_be_taken_again()
    {
        var path = _folder.File("new", "data");
        DataFolderLock.Acquire(path).Dispose();
        DataFolderLock.Acquire(path).Dispose();
        File.Exists(Path.Combine(path, "service.lock")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_folder_that_can_not_be_used_is_refused_with_its_name()
    {
        await File.WriteAllTextAsync(_folder.File("file"), "");
        var refusal = Should.Throw<EmbeddedPostgresException>(() => DataFolderLock.Acquire(_folder.File("file", "data")));
        refusal.Message.ShouldStartWith($"The data folder {_folder.File("file", "data")} can't be used:");
        refusal.Message.ShouldNotContain("\n");
    }

    public void Dispose() => _folder.Dispose();
}
