using System.Buffers;
using System.Text;
using Ops.Backup.Infrastructure.Processes;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Processes;

public sealed class ProcessChainTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_writer_that_ends_before_the_reader_has_opened_the_pipe_does_not_leave_it_waiting()
    {
        using var pipe = NamedPipe.Create();
        await using var writer = ChildProcess.Start(pipe.Writer(new ProcessSpec("/usr/bin/printf", ["hello"])));
        (await writer.WaitAsync(CancellationToken.None)).ShouldBe(0);
        pipe.WriterEnded();

        await using var reader = ChildProcess.Start(pipe.Reader(new ProcessSpec("/usr/bin/cat", [])));
        using var output = new StreamReader(reader.Output);
        (await output.ReadToEndAsync().WaitAsync(Patience)).ShouldBe("hello");
        (await reader.WaitAsync(CancellationToken.None)).ShouldBe(0);
    }

    [Fact]
    public async Task A_reader_that_is_there_before_the_writer_waits_for_it()
    {
        using var pipe = NamedPipe.Create();
        await using var reader = ChildProcess.Start(pipe.Reader(new ProcessSpec("/usr/bin/cat", [])));
        await Ops.Backup.Testing.Poll.Until("cat runs", () => File.ReadAllText($"/proc/{reader.Id}/comm"), name => name is "cat\n", Patience);
        await using var writer = ChildProcess.Start(pipe.Writer(new ProcessSpec("/usr/bin/printf", ["hello"])));
        (await writer.WaitAsync(CancellationToken.None)).ShouldBe(0);
        pipe.WriterEnded();
        using var output = new StreamReader(reader.Output);
        (await output.ReadToEndAsync().WaitAsync(Patience)).ShouldBe("hello");
    }

    [Fact]
    public async Task Many_short_chains_end_one_after_the_other()
    {
        for (var i = 0; i < 50; i++)
        {
            var output = new ArrayBufferWriter<byte>();
            await using var chain = ProcessChain.Start([new ProcessSpec("/usr/bin/printf", ["hello"]), new ProcessSpec("/usr/bin/cat", [])], null);
            (await chain.RunAsync(output, CancellationToken.None).WaitAsync(Patience)).ShouldBeNull();
            output.WrittenCount.ShouldBe(5);
        }
    }

    [Fact]
    public async Task A_first_program_that_ends_before_the_second_has_begun_loses_nothing_and_blocks_nobody()
    {
        // Who is quicker is up to the machine; in so many tries both are.
        for (var i = 0; i < 40; i++)
        {
            var (failed, output) = await RunAsync(new ProcessSpec("/bin/echo", ["hello"]), new ProcessSpec("/usr/bin/cat", []));
            failed.ShouldBeNull();
            output.ShouldBe("hello\n");
        }
    }

    [Fact]
    public async Task A_second_program_that_ends_at_once_does_not_leave_the_first_waiting()
    {
        var (failed, _) = await RunAsync(new ProcessSpec("/usr/bin/yes", []), new ProcessSpec("/bin/sh", ["-c", "echo broken >&2; exit 3"]));
        failed!.ExitCode.ShouldBe(3);
        failed.Errors.ShouldBe("broken");
    }

    [Fact]
    public async Task A_first_program_that_fails_is_named_though_the_second_read_its_short_output_to_the_end()
    {
        var (failed, output) = await RunAsync(new ProcessSpec("/bin/sh", ["-c", "echo half; exit 7"]), new ProcessSpec("/usr/bin/cat", []));
        failed!.ExitCode.ShouldBe(7);
        output.ShouldBe("half\n");
    }

    [Fact]
    public async Task Three_programs_pass_on_what_a_stream_gives()
    {
        var bytes = new byte[3_000_000];
        new Random(7).NextBytes(bytes);
        var output = new ArrayBufferWriter<byte>();
        await using var chain = ProcessChain.Start(
            [new ProcessSpec("/usr/bin/cat", []) { TakesInput = true }, new ProcessSpec("/usr/bin/gzip", ["-1", "-c"]), new ProcessSpec("/usr/bin/gzip", ["-d", "-c"])], null);
        (await chain.RunAsync(output, CancellationToken.None, new MemoryStream(bytes)).WaitAsync(Patience)).ShouldBeNull();
        output.WrittenSpan.SequenceEqual(bytes).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whichever_of_three_fails_is_named(int failing)
    {
        var programs = Enumerable.Range(0, 3).Select(i => i == failing ? new ProcessSpec("/bin/sh", ["-c", $"echo it was {i} >&2; exit 9"])
            : i == 0 ? new ProcessSpec("/usr/bin/yes", []) : new ProcessSpec("/usr/bin/cat", [])).ToList();
        await using var chain = ProcessChain.Start(programs, null);
        var failed = await chain.RunAsync(new ArrayBufferWriter<byte>(), CancellationToken.None).WaitAsync(Patience);
        failed!.Errors.ShouldBe($"it was {failing}");
    }

    [Fact]
    public async Task A_stream_that_breaks_is_no_end()
    {
        var output = new ArrayBufferWriter<byte>();
        await using var chain = ProcessChain.Start([new ProcessSpec("/usr/bin/cat", []) { TakesInput = true }], null);
        await Should.ThrowAsync<IOException>(() => chain.RunAsync(output, CancellationToken.None, new BreakingStream()).WaitAsync(Patience));
    }

    private static async Task<(FailedStage? Failed, string Output)> RunAsync(ProcessSpec first, ProcessSpec second)
    {
        var output = new ArrayBufferWriter<byte>();
        using var patience = new CancellationTokenSource(Patience);
        await using var chain = ProcessChain.Start([first, second], onErrorLine: null);
        var failed = await chain.RunAsync(output, patience.Token);
        return (failed, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    private sealed class BreakingStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("the line broke");
    }
}
