using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>A config that a file defined once may be taken over by files again; one that people made may not.</summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611211600_MarkConfiguredConfigs")]
public sealed class MarkConfiguredConfigs : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<bool>("was_configured", "backup_config", "boolean", nullable: false, defaultValue: false, comment: "是否曾由配置文件定义：以后可再次由配置文件接管");
        migrationBuilder.Sql("UPDATE backup_config SET was_configured = true WHERE is_configured;");
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropColumn("was_configured", "backup_config");
}
