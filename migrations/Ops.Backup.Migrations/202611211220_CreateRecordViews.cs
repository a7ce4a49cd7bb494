using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Ops.Backup.Infrastructure.Persistence;

namespace Ops.Backup.Migrations;

/// <summary>The schemas that people query by SQL: backups and their checks, and the configs with their runs. Views only; the tables stay the truth.</summary>
[DbContext(typeof(BackupDbContext))]
[Migration("202611211220_CreateRecordViews")]
public sealed class CreateRecordViews : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("""
            CREATE SCHEMA IF NOT EXISTS backup_management;
            COMMENT ON SCHEMA backup_management IS '备份管理：备份记录与校验的视图，以及登记备份的函数';
            CREATE SCHEMA IF NOT EXISTS enterprise_backup;
            COMMENT ON SCHEMA enterprise_backup IS '自动备份：备份任务及其执行记录的视图';
            """);
        CreateRecords(migrationBuilder);
        CreateVerifications(migrationBuilder);
        CreateJobs(migrationBuilder);
        CreateExecutions(migrationBuilder);
    }

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP VIEW enterprise_backup.backup_job_executions, enterprise_backup.backup_jobs, backup_management.backup_verifications, backup_management.backup_records;
        DROP SCHEMA enterprise_backup;
        DROP SCHEMA backup_management;
        """);

    // There is no word for what waits: it is running, as it is in_progress in public.backup_records. Nor for what never began: it is failed.
    private static void CreateRecords(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE VIEW backup_management.backup_records AS
        SELECT id AS backup_id,
               database AS database_name,
               type AS backup_type,
               method AS backup_method,
               coalesce(local_file, remote_urls ->> 0) AS backup_file_path,
               size_bytes AS backup_size,
               started_at AS start_time,
               finished_at AS end_time,
               duration_sec * interval '1 second' AS duration,
               CASE WHEN status = 'SUCCESS' THEN 'completed' WHEN status IN ('PENDING', 'RUNNING') THEN 'running' ELSE 'failed' END AS status,
               error_msg AS error_message,
               checksum,
               create_time AS created_at
        FROM public.db_backup_job
        WHERE NOT deleted;
        COMMENT ON VIEW backup_management.backup_records IS '备份记录（视图，数据来自 db_backup_job，不含已删除的）';
        COMMENT ON COLUMN backup_management.backup_records.backup_id IS '备份编号（UUID）';
        COMMENT ON COLUMN backup_management.backup_records.database_name IS '数据库名';
        COMMENT ON COLUMN backup_management.backup_records.backup_type IS '备份类型：full、incremental、differential、schema_only、data_only、wal';
        COMMENT ON COLUMN backup_management.backup_records.backup_method IS '备份方法：pg_dump、pg_basebackup、continuous_archiving';
        COMMENT ON COLUMN backup_management.backup_records.backup_file_path IS '备份文件路径；只在远端时为第一个远端地址';
        COMMENT ON COLUMN backup_management.backup_records.backup_size IS '备份文件大小（字节）';
        COMMENT ON COLUMN backup_management.backup_records.start_time IS '开始时间；排队时为请求时间';
        COMMENT ON COLUMN backup_management.backup_records.end_time IS '结束时间；未结束为空';
        COMMENT ON COLUMN backup_management.backup_records.duration IS '耗时（interval）；未结束为空';
        COMMENT ON COLUMN backup_management.backup_records.status IS '状态：running 排队或运行中、completed 已完成、failed 失败、取消、跳过或错过';
        COMMENT ON COLUMN backup_management.backup_records.error_message IS '错误信息，形式为“代码: 说明”';
        COMMENT ON COLUMN backup_management.backup_records.checksum IS '备份文件的 SHA-256（十六进制）';
        COMMENT ON COLUMN backup_management.backup_records.created_at IS '记录创建时间';
        """);

    private static void CreateVerifications(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE VIEW backup_management.backup_verifications AS
        SELECT id AS verification_id,
               job_id AS backup_id,
               verification_type,
               verification_status,
               jsonb_build_object('message', verification_result, 'duration_ms', duration_ms) AS verification_result,
               verified_at,
               verified_by
        FROM public.backup_verification;
        COMMENT ON VIEW backup_management.backup_verifications IS '备份校验记录（视图，数据来自 backup_verification）';
        COMMENT ON COLUMN backup_management.backup_verifications.verification_id IS '校验编号（UUID）';
        COMMENT ON COLUMN backup_management.backup_verifications.backup_id IS '备份编号';
        COMMENT ON COLUMN backup_management.backup_verifications.verification_type IS '校验类型：checksum、restore_test、integrity_check';
        COMMENT ON COLUMN backup_management.backup_verifications.verification_status IS '校验结果：passed 或 failed';
        COMMENT ON COLUMN backup_management.backup_verifications.verification_result IS '校验详情（JSON）：message 说明、duration_ms 耗时（毫秒）';
        COMMENT ON COLUMN backup_management.backup_verifications.verified_at IS '校验时间';
        COMMENT ON COLUMN backup_management.backup_verifications.verified_by IS '校验者：节点或用户';
        """);

    // A rule that counts periods has no one number of days; the column is then empty rather than wrong.
    private static void CreateJobs(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE VIEW enterprise_backup.backup_jobs AS
        SELECT c.id AS job_id,
               c.name AS job_name,
               s.database AS database_name,
               c.type AS backup_type,
               'pg_dump' AS backup_method,
               c.schedule AS schedule_cron,
               c.time_zone,
               nullif((c.retention ->> 'days')::integer, 0) AS retention_days,
               c.enabled AS is_active,
               c.last_run_at AS last_run_time,
               c.next_run_at AS next_run_time,
               c.create_time AS created_at,
               c.update_time AS updated_at
        FROM public.backup_config c
        JOIN public.database_source s ON s.id = c.source_id;
        COMMENT ON VIEW enterprise_backup.backup_jobs IS '自动备份任务（视图，数据来自 backup_config）';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.job_id IS '任务编号，即备份配置编号（UUID）';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.job_name IS '任务名称，唯一';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.database_name IS '数据库名';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.backup_type IS '备份类型：full、schema_only、data_only';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.backup_method IS '备份方法：pg_dump';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.schedule_cron IS '计划，按填写的形式：五段 cron、@daily 等或自然语言；为空表示仅手动运行';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.time_zone IS '计划所用的时区（IANA 名称）';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.retention_days IS '保留天数；保留规则不按天数或全部保留时为空';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.is_active IS '是否启用';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.last_run_time IS '最近一次按计划启动的时间';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.next_run_time IS '下一次启动时间；没有计划或未启用则为空';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.created_at IS '创建时间';
        COMMENT ON COLUMN enterprise_backup.backup_jobs.updated_at IS '更新时间';
        """);

    private static void CreateExecutions(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE VIEW enterprise_backup.backup_job_executions AS
        SELECT id AS execution_id,
               config_id AS job_id,
               started_at AS start_time,
               finished_at AS end_time,
               duration_sec * interval '1 second' AS duration,
               CASE WHEN status = 'SUCCESS' THEN 'completed'
                    WHEN status IN ('PENDING', 'RUNNING') THEN 'running'
                    WHEN status = 'CANCELED' AND (error_msg LIKE 'SKIPPED:%' OR error_msg LIKE 'MISSED:%') THEN 'skipped'
                    ELSE 'failed' END AS status,
               error_msg AS error_message,
               coalesce(local_file, remote_urls ->> 0) AS backup_file_path,
               size_bytes AS backup_size,
               checksum,
               scheduled_for AS scheduled_time,
               create_time AS created_at
        FROM public.db_backup_job
        WHERE config_id IS NOT NULL AND NOT deleted;
        COMMENT ON VIEW enterprise_backup.backup_job_executions IS '自动备份任务的执行记录（视图，数据来自 db_backup_job，不含已删除的）';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.execution_id IS '执行编号，即备份编号（UUID）';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.job_id IS '任务编号';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.start_time IS '开始时间；排队时为请求时间';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.end_time IS '结束时间；未结束为空';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.duration IS '耗时（interval）；未结束为空';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.status IS '状态：running 排队或运行中、completed 已完成、failed 失败或取消、skipped 跳过或错过（未运行）';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.error_message IS '错误信息，形式为“代码: 说明”';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.backup_file_path IS '备份文件路径；只在远端时为第一个远端地址';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.backup_size IS '备份文件大小（字节）';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.checksum IS '备份文件的 SHA-256（十六进制）';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.scheduled_time IS '计划时间；手动启动为空';
        COMMENT ON COLUMN enterprise_backup.backup_job_executions.created_at IS '记录创建时间';
        """);
}
