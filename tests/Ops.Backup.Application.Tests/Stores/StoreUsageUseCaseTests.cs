using Microsoft.Extensions.Logging.Abstractions;
using Moq;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Stores;

public sealed class StoreUsageUseCaseTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private readonly Mock<IStores> _stores = new();
    private readonly Mock<IStoreUsage> _usage = new();

    [Theory]
    [InlineData("from", "yesterday", "TIME_INVALID")]
    [InlineData("to", "", "VALUE_MISSING")]
    [InlineData("from", "2026-12-01", "RANGE_REVERSED")]
    [InlineData("form", "2026-11-01", "UNKNOWN_PARAMETER")]
    public async Task Bad_parameters_are_refused(string name, string value, string code) =>
        (await Should.ThrowAsync<InvalidValueException>(() => ReadAsync((name, value)))).Code.ShouldBe(code);

    [Fact]
    public async Task Without_parameters_it_is_the_last_30_days_and_nothing_lies_before_all_times()
    {
        var store = Known("s");
        await ReadAsync();
        _usage.Verify(usage => usage.ReadAsync(store.Id, Noon.AddDays(-30), Noon, It.IsAny<CancellationToken>()));
        await ReadAsync(("to", "0001-01-02"));
        _usage.Verify(usage => usage.ReadAsync(store.Id, DateTimeOffset.MinValue, DateTimeOffset.MinValue.AddDays(1), It.IsAny<CancellationToken>()));
    }

    [Fact]
    public async Task A_store_that_fails_does_not_keep_the_others_from_being_measured()
    {
        var (first, second, elsewhere) = (Known("first"), Known("second"), Known("elsewhere"));
        _stores.Setup(stores => stores.ListAsync(It.IsAny<CancellationToken>())).ReturnsAsync([first, elsewhere, second]);
        foreach (var store in new[] { first, second }) _usage.Setup(usage => usage.BeginAsync(store, It.IsAny<CancellationToken>())).ReturnsAsync(Noon);
        var files = new Mock<IArtifactStores>();
        files.Setup(open => open.Open(first)).Throws(new StoreException(StoreCodes.Unreachable, "no", isTransient: true));
        files.Setup(open => open.Open(second)).Returns(Mock.Of<IArtifactStore>(opened => opened.SpaceAsync(It.IsAny<CancellationToken>()) == Task.FromResult<StoreSpace?>(new StoreSpace(1, 2))));

        MediatR.IRequestHandler<MeasureStores, MediatR.Unit> handler = new MeasureStoresHandler(_stores.Object, files.Object, _usage.Object, NullLogger<MeasureStoresHandler>.Instance);
        await handler.Handle(new MeasureStores(), CancellationToken.None);

        _usage.Verify(usage => usage.CompleteAsync(second, Noon, new StoreSpace(1, 2), It.IsAny<CancellationToken>()));
        _usage.Verify(usage => usage.ThinAsync(It.IsAny<CancellationToken>()));
        files.Verify(open => open.Open(elsewhere), Times.Never);
    }

    private Store Known(string name)
    {
        var store = Store.Create(new StoreFacts(name, new LocalSettings("/data"), [], null, false), null, isConfigured: false, Noon);
        _stores.Setup(stores => stores.GetAsync(name, It.IsAny<CancellationToken>())).ReturnsAsync(store);
        return store;
    }

    private Task<IReadOnlyList<StoreMeasure>> ReadAsync(params (string Name, string Value)[] parameters) => new GetStoreUsageHandler(_stores.Object, _usage.Object, new FakeTime(Noon)).Handle(
        new GetStoreUsage("s", parameters.ToDictionary(pair => pair.Name, IReadOnlyList<string> (pair) => [pair.Value])), CancellationToken.None);
}
