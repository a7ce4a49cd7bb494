using Moq;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Stores;

public sealed class TestStoreTests : IDisposable
{
    private static readonly string[] Names = ["clock", "put", "multipart", "list", "read", "overwrite", "delete", "gone"];
    private readonly FakeStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_good_store_passes_every_check_and_nothing_is_left()
    {
        var result = await RunAsync();

        result.Ok.ShouldBeTrue();
        result.Checks.Select(check => check.Name).ShouldBe(Names);
        result.Checks.ShouldAllBe(check => check.Ok && check.Code == null && check.Message == null && check.Milliseconds >= 0);
        _store.Left.ShouldBeEmpty();
        _store.NamesSeen.ShouldAllBe(name => name.StartsWith(".ops-backup-test-"));
        _store.IsDisposed.ShouldBeTrue();
    }

    [Fact]
    public async Task Two_tests_at_once_have_names_of_their_own()
    {
        await RunAsync();
        await RunAsync();
        _store.NamesSeen.Distinct().Count().ShouldBe(4);
    }

    [Theory]
    [InlineData("clock", "", "clock", "")]
    [InlineData("stage", "-small", "put", "multipart list read overwrite delete gone")]
    [InlineData("publish", "-small", "put", "multipart list read overwrite delete gone")]
    [InlineData("stage", "-large", "multipart", "list read")]
    [InlineData("publish", "-large", "multipart", "list read")]
    [InlineData("list", "", "list", "")]
    [InlineData("read", "-large", "read", "")]
    [InlineData("find", "-small", "gone", "")]
    [InlineData("find", "-large", "gone", "")]
    public async Task A_check_that_fails_says_what_the_store_said_and_what_needs_it_is_skipped(string call, string file, string failing, string skipped)
    {
        _store.Before = (made, name) =>
        {
            if (made == call && name.EndsWith(file, StringComparison.Ordinal)) throw new StoreException(StoreCodes.Denied, "Give the key the right.", isTransient: false);
        };

        var result = await RunAsync();

        result.Ok.ShouldBeFalse();
        result.Checks.Select(check => check.Name).ShouldBe(Names);
        var failed = result.Checks.Single(check => check.Name == failing);
        (failed.Ok, failed.Code, failed.Message).ShouldBe((false, StoreCodes.Denied, "Give the key the right."));
        result.Checks.Where(check => check.Code == "SKIPPED").Select(check => check.Name).ShouldBe(skipped.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        result.Checks.Where(check => check.Code == "SKIPPED").ShouldAllBe(check => !check.Ok && check.Message!.Contains("did not pass"));
        _store.Left.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_delete_that_fails_is_told_and_so_is_what_may_be_left()
    {
        _store.Before = (made, _) =>
        {
            if (made is "delete") throw new StoreException(StoreCodes.Denied, "Give the key the right to delete.", isTransient: false);
        };

        var result = await RunAsync();

        result.Checks.Where(check => !check.Ok).Select(check => check.Name).ShouldBe(["delete", "gone", "clean_up"]);
        result.Checks[^1].Message!.ShouldContain(".ops-backup-test-");
    }

    [Fact]
    public async Task A_store_that_takes_nothing_is_not_said_to_have_leftovers()
    {
        _store.Before = (made, _) =>
        {
            if (made is not "open") throw new StoreException(StoreCodes.WrongKey, "The key is wrong.", isTransient: false);
        };
        (await RunAsync()).Checks.Select(check => check.Name).ShouldBe(Names);
    }

    [Theory]
    [InlineData(59, true, null)]
    [InlineData(-90, true, "behind")]
    [InlineData(299, true, "ahead")]
    [InlineData(300, false, "NTP")]
    [InlineData(-4000, false, "behind")]
    public async Task A_clock_that_is_off_is_told_and_from_five_minutes_on_refused(int seconds, bool ok, string? says)
    {
        _store.Skew = TimeSpan.FromSeconds(seconds);
        var clock = (await RunAsync()).Checks[0];
        (clock.Ok, clock.Code).ShouldBe((ok, ok ? null : StoreCodes.ClockSkew));
        if (says is null) clock.Message.ShouldBeNull();
        else clock.Message!.ShouldContain(says);
    }

    [Fact]
    public async Task A_store_without_a_clock_passes()
    {
        _store.Skew = null;
        (await RunAsync()).Checks[0].ShouldSatisfyAllConditions(clock => clock.Ok.ShouldBeTrue(), clock => clock.Message!.ShouldContain("does not tell"));
    }

    [Fact]
    public async Task A_store_that_can_not_refuse_to_overwrite_passes_and_it_is_said()
    {
        _store.CanRefuse = false;
        var result = await RunAsync();
        result.Ok.ShouldBeTrue();
        result.Checks.Single(check => check.Name is "overwrite").Message!.ShouldContain("can't refuse");
    }

    [Fact]
    public async Task Another_refusal_than_that_the_name_is_taken_fails_the_check_of_overwriting()
    {
        var puts = 0;
        _store.Before = (made, name) =>
        {
            if (made is "publish" && name.EndsWith("-small", StringComparison.Ordinal) && ++puts == 2) throw new StoreException(StoreCodes.Throttled, "Too fast.", isTransient: true);
        };
        (await RunAsync()).Checks.Single(check => check.Name is "overwrite").Code.ShouldBe(StoreCodes.Throttled);
    }

    [Theory]
    [InlineData(4 * 1024 * 1024)]
    [InlineData((9 * 1024 * 1024) - 1)]
    public async Task One_other_bit_is_noticed(int place)
    {
        _store.Reading = bytes =>
        {
            var other = bytes.ToArray();
            other[place] ^= 1;
            return other;
        };
        (await RunAsync()).Checks.Single(check => !check.Ok).ShouldSatisfyAllConditions(check => check.Name.ShouldBe("read"), check => check.Code.ShouldBe(StoreCodes.Corrupted));
    }

    [Fact]
    public async Task A_store_that_ignores_where_a_range_ends_is_noticed()
    {
        _store.KnowsLengths = false;
        (await RunAsync()).Checks.Single(check => !check.Ok).Name.ShouldBe("read");
    }

    [Fact]
    public async Task A_file_that_outlives_its_delete_is_noticed()
    {
        _store.ForgetsToDelete = true;
        (await RunAsync()).Checks.Single(check => !check.Ok).ShouldSatisfyAllConditions(check => check.Name.ShouldBe("gone"), check => check.Message!.ShouldContain("lock"));
    }

    [Fact]
    public async Task A_list_without_the_files_is_noticed()
    {
        _store.ListsNothing = true;
        (await RunAsync()).Checks.Single(check => !check.Ok).Name.ShouldBe("list");
    }

    [Fact]
    public async Task A_store_that_hangs_is_given_up_and_cleaned()
    {
        var hanging = 0;
        _store.Slowness = token => ++hanging == 2 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        var checks = await new StoreTrial(_store, TimeProvider.System, TimeSpan.FromMilliseconds(300)).RunAsync(CancellationToken.None);

        checks.Where(check => !check.Ok).Select(check => $"{check.Name} {check.Code}")
            .ShouldBe(["multipart TIME_LIMIT", "list SKIPPED", "read SKIPPED", "overwrite TIME_LIMIT", "delete TIME_LIMIT", "gone SKIPPED"]);
        _store.Left.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_asked_and_left_leaves_nothing_behind()
    {
        using var asked = new CancellationTokenSource();
        _store.Before = (made, name) =>
        {
            if (made is "publish" && name.EndsWith("-large", StringComparison.Ordinal)) asked.Cancel();
        };
        await Should.ThrowAsync<OperationCanceledException>(() => RunAsync(asked.Token));
        _store.Left.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unexpected_failure_is_not_swallowed_and_leaves_nothing_behind()
    {
        _store.Before = (made, _) =>
        {
            if (made is "list") throw new InvalidOperationException("a bug");
        };
        await Should.ThrowAsync<InvalidOperationException>(() => RunAsync());
        _store.Left.ShouldBeEmpty();
    }

    [Fact]
    public async Task Credentials_that_can_not_be_decrypted_are_told()
    {
        _store.Before = (_, _) => throw new SecretUnreadableException(new InvalidOperationException());
        (await RunAsync()).Checks.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            check => (check.Name, check.Code).ShouldBe(("open", "SECRET_UNREADABLE")), check => check.Message!.ShouldContain("Enter them again"));
    }

    private Task<StoreTestResult> RunAsync(CancellationToken cancellationToken = default)
    {
        var store = Store.Create(new StoreFacts("disk", new LocalSettings("/data"), [], null, false), null, isConfigured: false, DateTimeOffset.UnixEpoch);
        var stores = Mock.Of<IStores>(known => known.GetAsync("disk", It.IsAny<CancellationToken>()) == Task.FromResult(store));
        return new TestStoreHandler(stores, _store, new FakeTime(DateTimeOffset.UnixEpoch)).Handle(new TestStore("disk"), cancellationToken);
    }
}
