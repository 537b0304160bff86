<?php
/* php install.php: make an empty site with pretty permalinks. Run in WordPress's folder. */
define( 'WP_INSTALLING', true );
require __DIR__ . '/bootstrap.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install( 'Aggregator', 'editor', 'editor@aggregator.test', true, '', bin2hex( random_bytes( 12 ) ) );

foreach ( get_posts( array( 'post_type' => array( 'post', 'page' ), 'post_status' => 'any', 'numberposts' => -1 ) ) as $post ) {
	wp_delete_post( $post->ID, true );
}
update_option( 'timezone_string', getenv( 'WP_TIMEZONE' ) );
update_option( 'posts_per_page', 10 );
update_option( 'posts_per_rss', 10 );
update_option( 'rss_use_excerpt', 0 );
update_option( 'blogdescription', 'Everything from everywhere' );
update_option( 'default_pingback_flag', 0 );
global $wp_rewrite;
$wp_rewrite->init();
$wp_rewrite->set_permalink_structure( '/%year%/%monthnum%/%day%/%postname%/' );
$wp_rewrite->flush_rules( false );
echo $GLOBALS['wp_version'];
