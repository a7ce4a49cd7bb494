using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>The nodes, and the schema in which the job engine keeps its own tables.</summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611210940_CreateServiceNode")]
public sealed class CreateServiceNode : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.EnsureSchema("quartz");
        migrationBuilder.Sql("COMMENT ON SCHEMA quartz IS '任务引擎（Quartz）的内部表';");
        migrationBuilder.CreateTable(
            "service_node",
            table => new
            {
                name = table.Column<string>("text", nullable: false, comment: "节点名，唯一"),
                instance_id = table.Column<string>("text", nullable: false, comment: "节点本次运行的编号"),
                version = table.Column<string>("text", nullable: false, comment: "服务版本"),
                max_concurrent = table.Column<int>("integer", nullable: false, comment: "同时运行的备份数上限"),
                started_at = table.Column<DateTimeOffset>("timestamptz", nullable: false, defaultValueSql: "now()", comment: "启动时间（UTC）"),
                heartbeat_at = table.Column<DateTimeOffset>("timestamptz", nullable: false, defaultValueSql: "now()", comment: "最近心跳时间（UTC）"),
            },
            constraints: table => table.PrimaryKey("pk_service_node", row => row.name),
            comment: "服务节点");
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable("service_node");
        migrationBuilder.Sql("DROP SCHEMA quartz CASCADE;");
    }
}
