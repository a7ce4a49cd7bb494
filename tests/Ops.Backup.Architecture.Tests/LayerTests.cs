using System.Reflection;
using System.Text.RegularExpressions;
using Ops.Backup.Application;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure;
using Ops.Backup.Infrastructure.Processes;
using Shouldly;
using Xunit;

namespace Ops.Backup.Architecture.Tests;

public sealed class LayerTests
{
    private static readonly Assembly Domain = typeof(BackupJob).Assembly;
    private static readonly Assembly Application = typeof(ApplicationServices).Assembly;
    private static readonly Assembly Infrastructure = typeof(InfrastructureServices).Assembly;

    [Fact]
    public void Domain_knows_nobody() => LayerRules.ForbiddenReferences(Domain).ShouldBeEmpty();

    [Fact]
    public void Application_knows_domain_and_the_use_case_libraries_only() =>
        LayerRules.ForbiddenReferences(Application, "Ops.Backup.Domain", "MediatR", "FluentValidation", "Microsoft.Extensions.").ShouldBeEmpty();

    [Fact]
    public void Infrastructure_does_not_know_the_api() =>
        Infrastructure.GetReferencedAssemblies().Select(reference => reference.Name).ShouldNotContain("Ops.Backup.Api");

    [Fact]
    public void Nothing_in_the_domain_can_be_set_from_outside() => LayerRules.PublicSetters(Domain.GetTypes()).ShouldBeEmpty();

    [Fact]
    public void The_rules_see_an_offender()
    {
        LayerRules.ForbiddenReferences(Infrastructure, "Ops.Backup.Domain").ShouldContain("Ops.Backup.Application");
        LayerRules.PublicSetters([typeof(Offender)]).ShouldBe(["Offender.Name"]);
    }

    [Fact]
    public void Programs_are_started_in_one_place_only()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Testing.RepositoryRoot.Path, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal));
        sources.Where(path => File.ReadAllText(path) is var text && (Regex.IsMatch(text, @"\bProcess\.Start\(", RegexOptions.None, TimeSpan.FromSeconds(1)) || text.Contains("new ProcessStartInfo(", StringComparison.Ordinal)))
            .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)
            .ShouldBe([nameof(ChildProcess) + ".cs", "ProcessLauncher.cs"]);
    }
}

/// <summary>Planted: what the rule on setters must see.</summary>
public sealed class Offender
{
    public string Name { get; set; } = "";
}
