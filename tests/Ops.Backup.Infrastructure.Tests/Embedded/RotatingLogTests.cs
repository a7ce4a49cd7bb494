using Ops.Backup.Infrastructure.Embedded;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Embedded;

public sealed class RotatingLogTests : IDisposable
{
    private readonly TempFolder _folder = new("log");

    [Fact]
    public void The_log_keeps_the_newest_lines_in_at_most_two_files_of_ten_megabytes()
    {
        using (var log = new RotatingLog(_folder.File("logs", "postgres.log")))
        {
            var filler = new string('x', 1_000_000);
            for (var i = 0; i < 35; i++) log.WriteLine($"{i} {filler}");
            log.WriteLine("newest");
        }
        var files = new DirectoryInfo(_folder.File("logs")).GetFiles();
        files.Select(file => file.Name).ShouldBe(["postgres.log", "postgres.log.1"], ignoreOrder: true);
        files.ShouldAllBe(file => file.Length < 12_000_000);
        File.ReadLines(_folder.File("logs", "postgres.log")).Last().ShouldBe("newest");
        File.GetUnixFileMode(_folder.File("logs", "postgres.log")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void A_log_that_can_not_be_opened_is_written_as_soon_as_it_can()
    {
        File.WriteAllText(_folder.File("logs"), "in the way");
        using var log = new RotatingLog(_folder.File("logs", "postgres.log"));
        log.WriteLine("lost");
        File.Delete(_folder.File("logs"));
        log.WriteLine("kept");
        log.Dispose();
        File.ReadAllText(_folder.File("logs", "postgres.log")).ShouldBe("kept\n");
    }

    public void Dispose() => _folder.Dispose();
}
