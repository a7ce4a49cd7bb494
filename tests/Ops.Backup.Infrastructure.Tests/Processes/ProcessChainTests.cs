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
            long bytes = 0;
            await using var chain = ProcessChain.Start(new ProcessSpec("/usr/bin/printf", ["hello"]), new ProcessSpec("/usr/bin/cat", []), null);
            (await chain.RunAsync(read => bytes += read.Length, CancellationToken.None).WaitAsync(Patience)).ShouldBeNull();
            bytes.ShouldBe(5);
        }
    }
}
