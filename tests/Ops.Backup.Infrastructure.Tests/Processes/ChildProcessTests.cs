using System.Globalization;
using System.Text;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Processes;

public sealed class ChildProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Stopping_a_program_ends_its_grandchildren_too()
    {
        await using var child = Shell("sleep 1000 & echo $!; wait");
        var grandchild = await ReadNumberAsync(child);
        Linux.IsRunning(grandchild).ShouldBeTrue();
        await child.StopAsync();
        Linux.IsRunning(child.Id).ShouldBeFalse();
        await Gone(grandchild);
    }

    [Fact]
    public async Task A_grandchild_that_outlived_the_program_goes_when_the_program_is_disposed()
    {
        var child = Shell("sleep 1000 2>/dev/null & echo $!");
        var grandchild = await ReadNumberAsync(child);
        (await child.WaitAsync(CancellationToken.None)).ShouldBe(0);
        Linux.IsRunning(grandchild).ShouldBeTrue();
        await child.DisposeAsync();
        await child.DisposeAsync();
        await Gone(grandchild);
    }

    [Fact]
    public async Task Cancelling_the_wait_ends_a_group_that_ignores_TERM()
    {
        await using var child = Shell("trap '' TERM; sleep 1000 & echo $!; while :; do wait; done");
        var grandchild = await ReadNumberAsync(child);
        using var cancel = new CancellationTokenSource();
        var wait = child.WaitAsync(cancel.Token);
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => wait);
        Linux.IsRunning(child.Id).ShouldBeFalse();
        await Gone(grandchild);
    }

    [Fact]
    public async Task A_child_dies_with_the_service_even_when_that_is_killed()
    {
        using var service = await Helper.StartAsync("child", "/usr/bin/sleep", "1000");
        Linux.IsRunning(service.Reported).ShouldBeTrue();
        await service.KillAsync();
        await Gone(service.Reported);
    }

    [Fact]
    public async Task Ten_megabytes_of_errors_while_nobody_reads_the_output_do_not_block_the_program()
    {
        long seen = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var child = Shell("yes out 2>/dev/null | head -c 1000000 & yes error 2>/dev/null | head -c 10000000 >&2; echo >&2; echo last >&2; wait",
            line => { if (Interlocked.Add(ref seen, line.Length + 1) > 10_000_000) all.TrySetResult(); });
        await all.Task.WaitAsync(Patience);

        using var output = new MemoryStream();
        await child.Output.CopyToAsync(output);
        (await child.WaitAsync(CancellationToken.None)).ShouldBe(0);
        output.Length.ShouldBe(1_000_000);
        child.ErrorTail.Length.ShouldBeInRange(60_000, 64 * 1024);
        child.ErrorTail[^5..].ShouldBe("\nlast");
    }

    [Fact]
    public async Task An_error_line_without_end_is_handed_on_in_pieces()
    {
        var longest = 0;
        var total = 0;
        var result = await Tool.RunAsync(new ProcessSpec("/bin/sh", ["-c", "head -c 1000000 /dev/zero | tr '\\0' e >&2"]),
            line => (longest, total) = (Math.Max(longest, line.Length), total + line.Length), CancellationToken.None);
        result.ExitCode.ShouldBe(0);
        total.ShouldBe(1_000_000);
        longest.ShouldBe(64 * 1024);
        result.Errors.Length.ShouldBe(64 * 1024);
    }

    [Fact]
    public async Task A_log_that_can_not_be_written_does_not_block_the_program()
    {
        await using var child = Shell("yes error 2>/dev/null | head -c 1000000 >&2; exit 7", _ => throw new IOException("No space left on device"));
        (await child.WaitAsync(CancellationToken.None).WaitAsync(Patience)).ShouldBe(7);
        child.ErrorTail[^10..].ShouldContain("error");
    }

    [Fact]
    public async Task A_program_sees_only_the_environment_that_it_is_given()
    {
        Environment.SetEnvironmentVariable("OPS_BACKUP_TEST_SECRET", "inherited");
        var spec = new ProcessSpec("/usr/bin/env", []) { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSFILE"] = "/x" } };
        var result = await Tool.RunAsync(spec, null, CancellationToken.None);
        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ShouldBe(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "PGPASSFILE=/x"], ignoreOrder: true);
    }

    [Fact]
    public async Task Arguments_arrive_as_they_are()
    {
        string[] arguments = ["two words", "", "it's \"quoted\"", "line\nbreak", "-rf", "--help", "$(id) `id` \\ ; & | *", "数据库", "back\\slash\\\""];
        var result = await Tool.RunAsync(new ProcessSpec("/bin/sh", ["-c", "printf '%s\\0' \"$@\"", "sh", .. arguments]), null, CancellationToken.None);
        result.Output.ShouldBe(string.Concat(arguments.Select(argument => argument + "\0")));
    }

    [Fact]
    public void A_program_that_is_not_there_is_named()
    {
        var missing = Should.Throw<ToolMissingException>(() => ChildProcess.Start(new ProcessSpec("/usr/bin/no-such-tool", [])));
        missing.FileName.ShouldBe("/usr/bin/no-such-tool");
        missing.Message.ShouldContain("/usr/bin/no-such-tool");
    }

    [Theory]
    [InlineData("exit 3", 3)]
    [InlineData("kill -9 $$", 137)]
    public async Task The_exit_code_tells_how_the_program_ended(string script, int expected) =>
        (await Tool.RunAsync(new ProcessSpec("/bin/sh", ["-c", script]), null, CancellationToken.None)).ExitCode.ShouldBe(expected);

    [Fact]
    public async Task A_program_without_input_reads_an_empty_one()
    {
        var result = await Tool.RunAsync(new ProcessSpec("/usr/bin/wc", ["-c"]), null, CancellationToken.None);
        result.Output.Trim().ShouldBe("0");
    }

    [Fact]
    public async Task As_root_a_program_runs_as_the_user_asked_for_without_our_groups()
    {
        if (!Environment.IsPrivilegedProcess) return; // only root can be somebody else
        var user = await Tool.RunAsync(new ProcessSpec("/bin/sh", ["-c", "id -nu; id -nG"]) { RunAs = "postgres" }, null, CancellationToken.None);
        var lines = user.Output.Split('\n');
        lines[0].ShouldBe("postgres");
        $" {lines[1]} ".ShouldNotContain(" root ");
    }

    private static ChildProcess Shell(string script, Action<string>? onErrorLine = null) =>
        ChildProcess.Start(new ProcessSpec("/bin/sh", ["-c", script]), onErrorLine);

    private static async Task<int> ReadNumberAsync(ChildProcess child)
    {
        using var reader = new StreamReader(child.Output, Encoding.ASCII, leaveOpen: true);
        return int.Parse((await reader.ReadLineAsync())!, CultureInfo.InvariantCulture);
    }

    private static Task Gone(int processId) => Poll.Until($"process {processId} is gone", () => !Linux.IsRunning(processId), Patience);
}
