using System.Globalization;
using MediatR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Moq;
using Ops.Backup.Api.Startup;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Api.Tests;

public sealed class ConfiguredStoresTests
{
    private const string Oss = "OSS_BUCKET=backups OSS_ENDPOINT=oss-cn-hangzhou.aliyuncs.com OSS_ACCESS_KEY_ID=LTAI1 OSS_ACCESS_KEY_SECRET=hunter2";
    private const string S3 = "AWS_S3_BUCKET=backups AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=AKIA1 AWS_SECRET_ACCESS_KEY=hunter2";
    private const string Rclone = "RCLONE_REMOTE=nas:a/b";
    private const string Recipient = "age1qvaqnwax9fuxe2cka8v4q6cplq34anc8f5lgjd6564z0lf367vdsh53dth";

    [Fact]
    public void Without_variables_there_is_the_nodes_own_folder()
    {
        var local = Read("").ShouldHaveSingleItem();
        local.Facts.ShouldBe(new StoreFacts("local", new LocalSettings("/data"), local.Facts.Recipients, null, IsDefault: true));
        local.Credentials.ShouldBeNull();
    }

    [Fact]
    public void Variables_of_OSS_define_oss()
    {
        var store = Read(Oss + " OSS_PREFIX=p OSS_SESSION_TOKEN=token").Single(store => store.Facts.Name is "oss");
        store.Facts.Settings.ShouldBe(new OssSettings("backups", "oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou", "p/"));
        store.Credentials.ShouldBe(new StoreCredentials("LTAI1", "hunter2", "token"));
        Read(Oss.Replace("OSS_BUCKET=", "OSS_BUCKET_NAME=") + " OSS_REGION=cn-beijing").Single(store => store.Facts.Name is "oss")
            .Facts.Settings.ShouldBe(new OssSettings("backups", "oss-cn-hangzhou.aliyuncs.com", "cn-beijing"));
    }

    [Fact]
    public void Variables_of_AWS_define_s3()
    {
        var store = Read(S3 + " AWS_SESSION_TOKEN=token AWS_DEFAULT_REGION=other").Single(store => store.Facts.Name is "s3");
        store.Facts.Settings.ShouldBe(new S3Settings("backups", "eu-central-1"));
        store.Credentials.ShouldBe(new StoreCredentials("AKIA1", "hunter2", "token"));
    }

    [Theory]
    [InlineData("AWS_ENDPOINT_URL=http://general:1 AWS_ENDPOINT_URL_S3=http://special:1", "http://special:1", true)]
    [InlineData("AWS_ENDPOINT_URL=http://general:1", "http://general:1", true)]
    [InlineData("AWS_ENDPOINT_URL=https://s3.eu-central-1.amazonaws.com", "https://s3.eu-central-1.amazonaws.com", false)]
    public void Another_server_has_the_bucket_in_the_path(string more, string endpoint, bool pathStyle) =>
        Read($"{S3} {more}").Single(store => store.Facts.Name is "s3").Facts.Settings.ShouldBe(new S3Settings("backups", "eu-central-1", endpoint, PathStyle: pathStyle));

    [Fact]
    public void Another_server_needs_no_region() =>
        ((S3Settings)Read(S3.Replace("AWS_REGION=eu-central-1", "AWS_REGION= AWS_ENDPOINT_URL=http://h:1"))[1].Facts.Settings).Region.ShouldBe("us-east-1");

    [Fact]
    public void RCLONE_REMOTE_defines_rclone()
    {
        Read(Rclone + " RCLONE_CONFIG=/etc/rclone.conf")[1].Facts.Settings.ShouldBe(new RcloneSettings("nas", "a/b/", "/etc/rclone.conf"));
        Read("RCLONE_REMOTE=nas:")[1].Facts.Settings.ShouldBe(new RcloneSettings("nas", ""));
    }

    [Theory]
    [InlineData("", "local oss s3 rclone")]
    [InlineData("BACKUP_MODE=both", "local oss s3 rclone")]
    [InlineData("BACKUP_MODE=local", "local")]
    [InlineData("BACKUP_MODE=oss", "oss s3 rclone")]
    [InlineData("BACKUP_LOCATION=local", "local")]
    [InlineData("BACKUP_LOCATION=s3", "s3")]
    [InlineData("BACKUP_LOCATION=oss", "oss")]
    public void The_mode_says_which_are_defaults(string mode, string defaults) =>
        string.Join(' ', Read($"{Oss} {S3} {Rclone} {mode}").Where(store => store.Facts.IsDefault).Select(store => store.Facts.Name)).ShouldBe(defaults);

    [Fact]
    public void Recipients_are_those_of_the_remote_stores() =>
        Read($"{Oss} {Rclone} BACKUP_AGE_RECIPIENTS={Recipient},{Recipient},").Select(store => store.Facts.Recipients.Count).ShouldBe([0, 2, 2]);

    [Fact]
    public void Variables_of_other_programs_define_nothing() =>
        Read("AWS_ACCESS_KEY_ID=AKIA1 AWS_SECRET_ACCESS_KEY=hunter2 AWS_REGION=r RCLONE_CONFIG=/etc/rclone.conf OSS_REGION=r").Count.ShouldBe(1);

    [Theory]
    [InlineData("OSS_BUCKET=backups", "OSS_ENDPOINT")]
    [InlineData("OSS_BUCKET=backups OSS_ENDPOINT=oss-cn-hangzhou.aliyuncs.com", "OSS_ACCESS_KEY_ID")]
    [InlineData("OSS_BUCKET=backups OSS_ENDPOINT=oss-cn-hangzhou.aliyuncs.com OSS_ACCESS_KEY_ID=LTAI1", "OSS_ACCESS_KEY_SECRET")]
    [InlineData("OSS_ACCESS_KEY_SECRET=hunter2", "OSS_BUCKET")]
    [InlineData("OSS_ENDPOINT=h", "OSS_BUCKET")]
    [InlineData(Oss + " OSS_BUCKET_NAME=other", "OSS_BUCKET")]
    [InlineData("OSS_BUCKET=hunter2/x OSS_ENDPOINT=h OSS_REGION=r OSS_ACCESS_KEY_ID=i OSS_ACCESS_KEY_SECRET=s", "OSS_BUCKET")]
    [InlineData("OSS_BUCKET_NAME=B OSS_ENDPOINT=h OSS_REGION=r OSS_ACCESS_KEY_ID=i OSS_ACCESS_KEY_SECRET=s", "OSS_BUCKET_NAME")]
    [InlineData("OSS_BUCKET=backups OSS_ENDPOINT=https://u:hunter2@h OSS_REGION=r OSS_ACCESS_KEY_ID=i OSS_ACCESS_KEY_SECRET=s", "OSS_ENDPOINT")]
    [InlineData("OSS_BUCKET=backups OSS_ENDPOINT=h OSS_ACCESS_KEY_ID=i OSS_ACCESS_KEY_SECRET=s", "OSS_REGION")]
    [InlineData(Oss + " OSS_PREFIX=../x", "OSS_PREFIX")]
    [InlineData(Oss + " OSS_SESSION_TOKEN=hunter2\u00a0", "OSS_SESSION_TOKEN")]
    [InlineData("AWS_S3_BUCKET=backups", "AWS_REGION")]
    [InlineData("AWS_S3_BUCKET=backups AWS_REGION=r", "AWS_ACCESS_KEY_ID")]
    [InlineData("AWS_S3_BUCKET=backups AWS_REGION=r AWS_ACCESS_KEY_ID=AKIA1", "AWS_SECRET_ACCESS_KEY")]
    [InlineData(S3 + " AWS_ENDPOINT_URL=ftp://hunter2", "AWS_ENDPOINT_URL")]
    [InlineData(S3 + " AWS_ENDPOINT_URL_S3=ftp://hunter2", "AWS_ENDPOINT_URL_S3")]
    [InlineData("RCLONE_REMOTE=nas", "RCLONE_REMOTE")]
    [InlineData("RCLONE_REMOTE=-v:path", "RCLONE_REMOTE")]
    [InlineData("RCLONE_REMOTE=nas:/path", "RCLONE_REMOTE")]
    [InlineData("RCLONE_REMOTE=nas:path RCLONE_CONFIG=rclone.conf", "RCLONE_CONFIG")]
    [InlineData("BACKUP_MODE=remote", "BACKUP_MODE")]
    [InlineData("BACKUP_MODE=oss", "BACKUP_MODE")]
    [InlineData("BACKUP_LOCATION=both", "BACKUP_LOCATION")]
    [InlineData(Oss + " BACKUP_LOCATION=s3", "BACKUP_LOCATION")]
    [InlineData("BACKUP_MODE=local BACKUP_LOCATION=local", "BACKUP_LOCATION")]
    [InlineData(Oss + " BACKUP_AGE_RECIPIENTS=age1hunter2", "BACKUP_AGE_RECIPIENTS")]
    [InlineData("BACKUP_AGE_RECIPIENTS=" + Recipient, "BACKUP_AGE_RECIPIENTS")]
    public void What_is_half_given_or_can_not_be_stops_the_start_in_one_line_that_names_the_variable(string variables, string named)
    {
        var refusal = Should.Throw<StartupException>(() => Read(variables));
        refusal.ExitCode.ShouldBe(2);
        refusal.Message.ShouldStartWith($"Configuration, {named}: ");
        refusal.Message.ShouldNotContain("\n");
        refusal.Message.ShouldNotContain("hunter2");
    }

    [Fact]
    public void A_folder_that_can_not_be_a_store_is_refused_by_its_key() =>
        Should.Throw<StartupException>(() => ConfiguredStores.Read(new ConfigurationBuilder().Build(), new BackupOptions { DataFolder = "/a/../b" })).Message.ShouldStartWith("Configuration, Backup:DataFolder: ");

    [Fact]
    public async Task They_are_written_as_configured_stores_with_their_credentials_encrypted()
    {
        var written = await WriteAsync(Read(Oss), new Mock<IConfiguredStores>());
        written.Select(store => $"{store.Name} {store.IsConfigured} {store.IsDefault} {store.EncryptedCredentials}").ShouldBe(
            ["local True True ", "oss True True locked " + "{\"accessKeyId\":\"LTAI1\",\"accessKeySecret\":\"hunter2\"}".Length.ToString(CultureInfo.InvariantCulture)]);
    }

    [Fact]
    public async Task A_name_that_people_gave_stops_the_start_with_the_way_out()
    {
        var stores = new Mock<IConfiguredStores>();
        stores.Setup(known => known.DefineAsync(It.IsAny<IReadOnlyList<Store>>(), It.IsAny<CancellationToken>())).ThrowsAsync(StoreErrors.NameTaken("oss"));
        var refusal = await Should.ThrowAsync<StartupException>(() => WriteAsync(Read(Oss), stores));
        refusal.ExitCode.ShouldBe(2);
        refusal.Message.ShouldSatisfyAllConditions(text => text.ShouldContain("'oss'"), text => text.ShouldContain("rename"), text => text.ShouldNotContain("\n"));
    }

    [Fact]
    public async Task A_database_that_goes_away_meanwhile_has_the_exit_code_of_databases()
    {
        var stores = new Mock<IConfiguredStores>();
        stores.Setup(known => known.DefineAsync(It.IsAny<IReadOnlyList<Store>>(), It.IsAny<CancellationToken>())).ThrowsAsync(new DatabaseUnavailableException(new TimeoutException("gone")));
        (await Should.ThrowAsync<StartupException>(() => WriteAsync(Read(""), stores))).ExitCode.ShouldBe(4);
    }

    private static async Task<IReadOnlyList<Store>> WriteAsync(IReadOnlyList<StoreDefinition> definitions, Mock<IConfiguredStores> stores)
    {
        var secrets = new Mock<ISecrets>();
        secrets.Setup(known => known.Protect(It.IsAny<string>())).Returns<string>(secret => "locked " + secret.Length.ToString(CultureInfo.InvariantCulture));
        await using var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddSingleton(stores.Object).AddSingleton(secrets.Object)
            .AddScoped<IRequestHandler<DefineStores, Unit>, DefineStoresHandler>().AddScoped<IMediator>(provider => new Mediator(provider.GetService)).BuildServiceProvider();
        await ConfiguredStores.WriteAsync(services, definitions, CancellationToken.None);
        return (IReadOnlyList<Store>)stores.Invocations.Single().Arguments[0]!;
    }

    private static IReadOnlyList<StoreDefinition> Read(string variables) => ConfiguredStores.Read(
        new ConfigurationBuilder().AddInMemoryCollection(variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => new KeyValuePair<string, string?>(pair[0], pair[1]))).Build(),
        new BackupOptions { DataFolder = "/data" });
}
