using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>
/// One index a filter and a sort of the listing. Each filter's index ends in the default order, so a page of it is a walk along
/// the index; the INCLUDEd columns let the counts of the summary be read from the index alone.
/// </summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611211010_IndexListing")]
public sealed class IndexListing : Migration
{
    private static readonly (string Name, string Keys)[] Indexes =
    [
        ("started", "(started_at DESC, id DESC) INCLUDE (database, status, size_bytes)"),
        ("database", "(database, started_at DESC, id DESC)"),
        ("summary", "(database, host, port, started_at DESC, id DESC) INCLUDE (status, size_bytes)"),
        ("status", "(status, started_at DESC, id DESC)"),
        ("type", "(type, started_at DESC, id DESC)"),
        ("mode", "(mode, started_at DESC, id DESC)"),
        ("trigger", "(trigger, started_at DESC, id DESC)"),
        ("host", "(host, started_at DESC, id DESC)"),
        ("config", "(config_id, status)"),
        ("finished", "(finished_at)"),
        ("created", "(create_time)"),
        ("by_size", "(sort_size, id)"),
        ("by_duration", "(sort_duration, id)"),
        ("by_database", "(sort_database, id)"),
        ("by_status", "(sort_status, id)"),
        ("search", "USING gin (search_text gin_trgm_ops)"),
    ];

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        // The sort columns: a backup without a size sorts as the smallest, and a cursor can compare it, which it can't with NULL. They
        // are columns because an index on the expression has neither statistics that the planner uses here nor index-only scans.
        // The search column: pg_trgm finds text by its trigrams, but two characters, a whole word in Chinese, have none. With every
        // character doubled they have two: 订单 becomes 订订单单, so a word is in the text exactly when its doubled form is in the doubled text.
        migrationBuilder.Sql("""
            CREATE EXTENSION IF NOT EXISTS pg_trgm;
            ALTER TABLE db_backup_job
                ADD COLUMN sort_size bigint GENERATED ALWAYS AS (coalesce(size_bytes, -1)) STORED,
                ADD COLUMN sort_duration bigint GENERATED ALWAYS AS (coalesce(duration_sec, -1)) STORED,
                ADD COLUMN sort_database text GENERATED ALWAYS AS (coalesce(database, '')) STORED,
                ADD COLUMN sort_status text GENERATED ALWAYS AS (coalesce(status, '')) STORED,
                ADD COLUMN search_text text GENERATED ALWAYS AS (
                    regexp_replace(
                        lower(coalesce(description, '') || chr(10) || coalesce(local_file, '') || chr(10) || left(coalesce(error_msg, ''), 500)),
                        '(.)', '\1\1', 'g')) STORED;
            COMMENT ON COLUMN db_backup_job.sort_size IS '排序用大小：为空时取 -1';
            COMMENT ON COLUMN db_backup_job.sort_duration IS '排序用耗时：为空时取 -1';
            COMMENT ON COLUMN db_backup_job.sort_database IS '排序用数据库名：为空时取空串';
            COMMENT ON COLUMN db_backup_job.sort_status IS '排序用状态：为空时取空串';
            COMMENT ON COLUMN db_backup_job.search_text IS '搜索用文本：说明、文件、错误信息转小写且每个字符重复两次（使两个汉字也能用索引查找）';
            """);
        foreach (var (name, keys) in Indexes)
            migrationBuilder.Sql($"CREATE INDEX ix_db_backup_job_{name} ON db_backup_job {keys} WHERE NOT deleted;");
        migrationBuilder.Sql("ANALYZE db_backup_job;");
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        foreach (var (name, _) in Indexes) migrationBuilder.Sql($"DROP INDEX ix_db_backup_job_{name};");
        migrationBuilder.Sql("""
            ALTER TABLE db_backup_job
                DROP COLUMN sort_size, DROP COLUMN sort_duration, DROP COLUMN sort_database, DROP COLUMN sort_status, DROP COLUMN search_text;
            """);
    }
}
